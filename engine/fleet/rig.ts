import { z } from 'zod';
import { FLEET_LIMIT, REMOTE_RIGHTS } from '../api/fleet.ts';

const AddressSchema = z.string().min(3).max(270);
const Common = {
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(60),
};

/** A rig as it is kept; its token is among the secrets. */
export const RigSchema = z.discriminatedUnion('kind', [
  z.object({
    ...Common,
    kind: z.literal('paired'),
    /** `host:port` each, the one at which it was paired first. */
    addresses: z.array(AddressSchema).min(1).max(8),
    pin: z.string().length(43),
    rights: z.enum(REMOTE_RIGHTS),
  }),
  z.object({
    ...Common,
    kind: z.literal('tunnel'),
    /** This machine's end: `127.0.0.1:port`. */
    address: AddressSchema,
    /** Port of the local API on the rig: its engine answers only to requests that name it. */
    enginePort: z.number().int().min(1).max(65535),
  }),
]);
export type Rig = z.infer<typeof RigSchema>;

/** The file `fleet.json`. */
export const FleetFileSchema = z.object({ version: z.literal(1), rigs: z.array(RigSchema).max(FLEET_LIMIT) });
