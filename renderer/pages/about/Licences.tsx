import own from '../../../LICENSE?raw';
import thirdParty from '../../../THIRD-PARTY-LICENSES.md?raw';
import { type LicenceBlock, readLicences } from '../../model/licences.ts';
import { useFormats, useText } from '../../text/text.tsx';
import css from './AboutPage.module.css';

/** The licence of Siphon and those of everything in it, as they come with it. */
export function Licences() {
  const text = useText();
  const { locale } = useFormats();
  return (
    <div className={css.licences} lang="en">
      <pre>{own.trim()}</pre>
      <h3 lang={locale}>{text.about.thirdParty}</h3>
      {readLicences(thirdParty).map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the list never changes
        <Block key={index} block={block} />
      ))}
    </div>
  );
}

function Block({ block }: { block: LicenceBlock }) {
  if (block.kind === 'paragraph') return <p>{block.text}</p>;
  if (block.kind === 'heading') return block.level === 2 ? <h4>{block.text}</h4> : <h5>{block.text}</h5>;
  return (
    <div className={css.scroll}>
      <table>
        <thead>
          <tr>
            {block.head.map((cell) => (
              <th key={cell} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {block.rows.map((row) => (
            <tr key={row.join()}>
              {row.map((cell, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: cells are their column
                <td key={index}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
