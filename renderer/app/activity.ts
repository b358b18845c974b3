import { useEffect, useState } from 'react';
import { type Activity, type ActivityColumns, activityColumns, activitySpanMs } from '../model/activity.ts';
import { useEngine } from './engine-context.tsx';

/** How often charts move on, milliseconds. */
const EVERY_MS = 2_000;

function columnsNow(activity: Activity): ActivityColumns {
  const now = Date.now();
  return activityColumns(activity, now, activitySpanMs(activity, now));
}

/** The finished work of the last ten minutes as columns of a chart, renewed every two seconds while the page is visible. */
export function useActivityColumns(): ActivityColumns {
  const { events } = useEngine();
  const [columns, setColumns] = useState(() => columnsNow(events.current().activity));
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setColumns(columnsNow(events.current().activity));
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [events]);
  return columns;
}
