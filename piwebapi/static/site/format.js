// Values, times and ages as people read them; piwebapi/pages/values.py does the same for the first paint.
export function number(value, digits = -5) {
  if (!Number.isFinite(value)) return "-";
  if (digits >= 0) return fixed(value, digits);
  if (Number.isInteger(value)) return fixed(value, 0);
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1;
  return fixed(value, Math.min(12, Math.max(0, -digits - whole)));
}

const fixed = (value, decimals) =>
  value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });

export function shown(value, digits = -5) {
  if (value === null || value === undefined || value === "") return "-";
  if (typeof value === "number") return number(value, digits);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return value.map((item) => shown(item, digits)).join(", ");
  if (typeof value === "object") return value.Errors ? value.Errors.join("; ") : String(value.Name ?? value.Value ?? "-");
  return String(value);
}

export function quality(item) {
  if (!item.Good) return "Bad";
  if (item.Questionable) return "Questionable";
  return item.Substituted ? "Substituted" : "Good";
}

export const QUALITY_ICONS = { Good: "check", Questionable: "question", Substituted: "swap", Bad: "cross" };

// The number to draw, or null where there is none.
export function numeric(item) {
  const value = item.Value;
  if (item.Good === false) return null;
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return Number(value);
  return value && typeof value === "object" && !value.IsSystem && typeof value.Value === "number" ? value.Value : null;
}

// Times are told in the zone of the reader, or in UTC if the reader has chosen so at the foot of a page.
export const inUtc = () => document.documentElement.dataset.zone === "utc";
export const zoneName = () => (inUtc() ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone);

const two = (n) => String(n).padStart(2, "0");
// A date whose getUTC functions tell the chosen zone.
function at(time) {
  const found = time instanceof Date ? time : new Date(time);
  return inUtc() ? found : new Date(found.getTime() - found.getTimezoneOffset() * 60000);
}

export function day(time) {
  const d = at(time);
  return `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
}
export function clock(time) {
  const d = at(time);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`;
}
export const moment = (time) => `${day(time)} ${clock(time)}`;

export function duration(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  const [d, h, m] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (d) return `${d}d ${h}h`;
  if (h) return `${h}h ${m}m`;
  return m ? `${m}m ${s % 60}s` : `${s}s`;
}

export function age(ms) {
  if (ms < 1500) return "now";
  return `${duration(ms)} ago`;
}

export const count = (n) => n.toLocaleString("en-US");
