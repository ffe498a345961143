import { duration } from "../../../../pages/format.ts";

/** Such as "41 a second, 2 min left"; empty before anything has been sent. */
export function paceWords(pace: { sent: number; took: number }, left: number): string {
  const { sent, took } = pace;
  if (sent === 0 || took <= 0) return "";
  const rate = (1000 * sent) / took;
  const shown = rate < 10 ? rate.toFixed(1) : rate.toFixed(0);
  return `${shown} a second${left > 0 ? `, ${duration(left / rate)} left` : ""}`;
}
