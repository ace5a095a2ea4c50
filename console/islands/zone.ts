// Tells the console the browser's time zone, so that days and times are the rider's.
const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
const cookie = `zone=${encodeURIComponent(timeZone)}`

if (
  document.documentElement.dataset.zone !== undefined &&
  document.documentElement.dataset.zone !== timeZone
) {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
  document.cookie = `${cookie}; Path=/; Max-Age=31536000; SameSite=Lax`
  // A browser that keeps no cookies would load the page again and again.
  if (document.cookie.split('; ').includes(cookie)) location.reload()
}

export {}
