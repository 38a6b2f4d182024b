/** `YYYYMMDD-HHMMSS`, local time. */
export function timeStamp(now = new Date()): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${date}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}
