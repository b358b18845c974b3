import { describe, expect, test } from 'vitest';
import { OrchestratorAddressSchema } from '../../../engine/wire/address.ts';

describe('address of an orchestrator', () => {
  test.each([
    ['orch.example', 'orch.example', 8935, 'https://orch.example:8935'],
    ['orch.example:9000', 'orch.example', 9000, 'https://orch.example:9000'],
    [' 10.0.0.2 ', '10.0.0.2', 8935, 'https://10.0.0.2:8935'],
    ['https://orch.example', 'orch.example', 443, 'https://orch.example:443'],
    ['https://orch.example:8935/', 'orch.example', 8935, 'https://orch.example:8935'],
    ['http://orch.example:8935', 'orch.example', 8935, 'https://orch.example:8935'],
    ['[::1]:9000', '::1', 9000, 'https://[::1]:9000'],
    ['::1', '::1', 8935, 'https://[::1]:8935'],
    ['https://[fe80::1]', 'fe80::1', 443, 'https://[fe80::1]:443'],
    ['a.example:1,b.example:2', 'a.example', 1, 'https://a.example:1'],
  ])('%s', (text, host, port, uri) => {
    expect(OrchestratorAddressSchema.parse(text)).toEqual({ host, port, uri });
  });

  test.each([
    ['', /is empty/],
    ['orch.example:0', /not a port/],
    ['orch.example:99999', /not a port/],
    ['ftp://orch.example', /not spoken/],
    ['orch.example/path', /not an address/],
    ['user@orch.example', /not an address/],
    ['two words', /not an address/],
    ['a:b:c', /not an address/],
  ])('error: %j is refused in plain words', (text, message) => {
    const result = OrchestratorAddressSchema.safeParse(text);
    expect(result.error?.issues[0]?.message).toMatch(message);
  });
});
