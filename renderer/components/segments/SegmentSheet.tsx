import { Dialog } from 'react-aria-components/Dialog';
import { Heading } from 'react-aria-components/Heading';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import type { SegmentRecord } from '../../../engine/api/snapshot.ts';
import { HOP_NAMES, hopMs, hopsSum } from '../../model/hops.ts';
import { useFormats, useText } from '../../text/text.tsx';
import { Button } from '../Button.tsx';
import { HopBar } from '../HopBar.tsx';
import hopCss from '../hops.module.css';
import { Icon } from '../icons.tsx';
import css from './SegmentSheet.module.css';

/** Everything known about one segment, in a sheet at the side. */
export function SegmentSheet({ segment, onClose }: { segment: SegmentRecord; onClose: () => void }) {
  const text = useText();
  return (
    <ModalOverlay className={css.scrim ?? ''} isOpen isDismissable onOpenChange={(open) => (open ? undefined : onClose())}>
      <Modal className={css.sheet ?? ''}>
        <Dialog className={css.dialog ?? ''}>
          <div className={css.head}>
            <Heading slot="title" level={2}>
              {segment.manifestId} {text.segments.sequence(String(segment.seq))}
            </Heading>
            <Button kind="quiet" iconOnly aria-label={text.close} onPress={onClose}>
              <Icon name="close" />
            </Button>
          </div>
          <SegmentDetails segment={segment} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function SegmentDetails({ segment }: { segment: SegmentRecord }) {
  const text = useText();
  const formats = useFormats();
  const { source, device, hops, error } = segment;
  const known = hopsSum(hops);
  const facts: ReadonlyArray<readonly [string, string | undefined]> = [
    [text.segments.started, formats.dateTime(segment.startedAtMs)],
    [text.segments.duration, formats.ms(segment.durationMs)],
    [
      text.segments.source,
      source &&
        `${source.width}×${source.height}, ${formats.integer(source.fps)} fps, ${source.codec}, ${formats.bytes(segment.sourceBytes)}`,
    ],
    [text.segments.device, device && `${device.name}, ${device.encoder}`],
    [text.segments.session, segment.sessionId],
    [text.segments.decoded, segment.decodedPixels > 0 ? formats.pixels(segment.decodedPixels) : undefined],
    [text.segments.encoded, segment.encodedPixels > 0 ? formats.pixels(segment.encodedPixels) : undefined],
  ];
  return (
    <>
      <p className={css.state} data-state={segment.state}>
        <strong>{text.segments.state[segment.state]}</strong>
        {segment.realtimeFactor === undefined ? null : (
          <span className="number">
            {formats.factor(segment.realtimeFactor)} {text.flow.realTime}
          </span>
        )}
      </p>
      {error ? (
        <div className={css.error}>
          <h3>{text.segments.errorTitle}</h3>
          <p lang="en">{error.message}</p>
          {error.nextStep ? (
            <p>
              <strong>{text.nextStep}:</strong> <span lang="en">{error.nextStep}</span>
            </p>
          ) : null}
          <p className={css.code}>
            {text.segments.code}: <code>{error.code}</code>
          </p>
        </div>
      ) : null}
      <h3>{text.hopsLabel}</h3>
      <HopBar hops={hops} scaleMs={Math.max(hops.totalMs ?? 0, known)} large />
      <dl className={css.hops}>
        {HOP_NAMES.map((hop) => {
          const ms = hopMs(hops, hop);
          return (
            <div key={hop}>
              <dt>
                <span className={`${hopCss.swatch} ${hopCss[hop]}`} />
                {text.hops[hop]}
                <span className={css.meaning}>{text.hopMeanings[hop]}</span>
              </dt>
              <dd className="number">{ms === undefined ? text.none : formats.ms(ms)}</dd>
            </div>
          );
        })}
        {hops.totalMs !== undefined && hops.totalMs - known >= 1 ? (
          <div>
            <dt>
              <span className={hopCss.swatch} />
              {text.segments.outside}
            </dt>
            <dd className="number">{formats.ms(hops.totalMs - known)}</dd>
          </div>
        ) : null}
        <div className={css.total}>
          <dt>{text.segments.total}</dt>
          <dd className="number">{hops.totalMs === undefined ? text.none : formats.ms(hops.totalMs)}</dd>
        </div>
      </dl>
      {segment.renditions.length > 0 ? (
        <>
          <h3>{text.segments.renditions}</h3>
          <table className={css.renditions}>
            <thead>
              <tr>
                <th scope="col">{text.segments.rendition}</th>
                <th scope="col">{text.segments.size}</th>
                <th scope="col">{text.segments.frames}</th>
                <th scope="col">{text.segments.bytes}</th>
                <th scope="col">{text.segments.pixels}</th>
              </tr>
            </thead>
            <tbody className="number">
              {segment.renditions.map((rendition) => (
                <tr key={rendition.name}>
                  <th scope="row">{rendition.name}</th>
                  <td>{text.player.size(rendition.width, rendition.height)}</td>
                  <td>{formats.integer(rendition.frames)}</td>
                  <td>{formats.bytes(rendition.bytes)}</td>
                  <td>{formats.pixels(rendition.pixels)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      ) : null}
      <dl className={css.facts}>
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="number">{value}</dd>
            </div>
          ),
        )}
      </dl>
    </>
  );
}
