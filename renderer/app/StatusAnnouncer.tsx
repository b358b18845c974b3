import { useEffect, useRef, useState } from 'react';
import { describeStatus } from '../model/status.ts';
import { useFormats, useText } from '../text/text.tsx';
import { useEngineState, useSnapshot } from './engine-context.tsx';

/** Shortest time between two announcements, milliseconds. */
const QUIET_MS = 5_000;

/**
 * Tells a screen reader when the state turns, not each time a number in the sentence moves: only another tone or another
 * count of problems is news, and never more often than every five seconds.
 */
export function StatusAnnouncer() {
  const text = useText();
  const formats = useFormats();
  const snapshot = useSnapshot((state) => state);
  const offline = useEngineState((state) => state.connection.phase !== 'live');
  const status = describeStatus(snapshot, Date.now(), text, formats);
  const news = offline ? 'offline' : `${status.tone}|${snapshot.problems.map((problem) => problem.key).join()}`;
  const sentence = offline ? text.connection.lost : status.sentence;
  const newest = useRef(sentence);
  newest.current = sentence;
  const [said, setSaid] = useState('');
  const lastAt = useRef(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only news is announced, not every sentence
  useEffect(() => {
    const wait = Math.max(0, lastAt.current + QUIET_MS - Date.now());
    const timer = setTimeout(() => {
      lastAt.current = Date.now();
      setSaid(newest.current);
    }, wait);
    return () => clearTimeout(timer);
  }, [news]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {said}
    </div>
  );
}
