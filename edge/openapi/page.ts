// The page at /docs for app developers: self-contained, and the target of every problem's `type`.
import { answers, type Reason, trackReasons } from '../answers.ts'
import type { EdgeLimits } from '../ports.ts'
import { refusalsByStatus } from './document.ts'

export function renderDocs(limits: EdgeLimits): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Telemetry upload API</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>Telemetry upload API</h1>
<p class="lead">Takes the telemetry of e-bikes. What is answered with 202 is stored on all replicas of the log.
Machines read <a href="/openapi.json">/openapi.json</a>.</p>

<h2>Upload</h2>
<pre><b>POST /v1/telemetry</b>
authorization: Bearer &lt;access token&gt;
content-type: application/x-protobuf
content-encoding: gzip | br | identity

&lt;mobility.telemetry.v1.Upload&gt;</pre>
<p>The token is a JWT with the subject of the sender and the claim <code>bikes</code>, the UUIDs of the bikes that the
sender may upload for.</p>
<table>
${limitRows(limits)}
</table>

<h2>202 Accepted</h2>
<pre>{
  "uploadId": "019ab6c1-7c1e-7d3a-9b57-0242ac120002",
  "accepted": { "tracks": 2, "samples": 600 },
  "rejected": [{ "index": 2, "reason": "times_unsorted", "detail": "…", "temporary": false }]
}</pre>
<p>Sending an upload again is safe: samples that are known already change nothing. Keep an upload until it is answered
with 202 or refused for good; send again what is refused for now, after <code>Retry-After</code> where it is given.</p>

<h2>Refusals</h2>
<p>Problem details (RFC 9457) with the members <code>reason</code>, <code>temporary</code> and, where one was exceeded,
<code>limit</code>.</p>
<table>
<thead><tr><th>Status</th><th>Reason</th><th>Again?</th><th>Meaning</th></tr></thead>
<tbody>
${[...refusalsByStatus()].map(([status, reasons]) => reasons.map((reason) => row(reason, status)).join('\n')).join('\n')}
</tbody>
</table>

<h2>Rejected tracks</h2>
<p>Their neighbours pass. When no track is left, the whole upload is answered with
<a href="#bikes_forbidden">403</a> or <a href="#nothing_readable">400</a>.</p>
<table>
<thead><tr><th>Reason</th><th>Again?</th><th>Meaning</th></tr></thead>
<tbody>
${trackReasons.map((reason) => row(reason)).join('\n')}
</tbody>
</table>
</main>
</body>
</html>
`
}

function row(reason: Reason, status?: number): string {
  const { temporary, meaning } = answers[reason]
  const first = status === undefined ? '' : `<td>${status}</td>`
  const again = temporary ? '<span class="later">later</span>' : '<span class="never">never</span>'
  return `<tr id="${reason}">${first}<td><code>${reason}</code></td><td>${again}</td><td>${marked(meaning)}</td></tr>`
}

/** Meanings are ours and plain; backticks become code. */
function marked(text: string): string {
  return text.replaceAll('<', '&lt;').replace(/`([^`]+)`/g, '<code>$1</code>')
}

function limitRows(limits: EdgeLimits): string {
  const number = (value: number) => value.toLocaleString('en')
  const rows = [
    ['Body as sent', `${number(limits.compressedBytes)} bytes`],
    ['Body decompressed', `${number(limits.decompressedBytes)} bytes`],
    ['Ratio of the two', `${limits.ratio}, beyond ${number(limits.ratioFreeBytes)} bytes`],
    ['One track', `${number(limits.trackBytes)} bytes`],
    ['Time for the body', `${limits.bodyTime.longestMs / 1000} s`],
    [
      'Least speed of the body',
      `${number(limits.bodyTime.leastBytesPerMs * 1000)} bytes a second after ${limits.bodyTime.graceMs / 1000} s`,
    ],
    ['Samples of one sender', `${number(limits.samplesPerSender.perSecond)} a second`],
    ['Samples of one upload, and at once', number(limits.samplesPerSender.burst)],
  ]
  return rows.map(([what, limit]) => `<tr><th>${what}</th><td>${limit}</td></tr>`).join('\n')
}

const style = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #0a7d4f; }
@media (prefers-color-scheme: dark) { :root { --accent: #4cc38a; } }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem 6rem; }
h1 { font-size: 2rem; letter-spacing: -0.02em; margin: 0 0 0.5rem; }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1.25rem; }
.lead { font-size: 1.1rem; opacity: 0.85; }
a { color: var(--accent); }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; overflow-x: auto; }
code, pre { font: 0.88em/1.5 ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.45rem 0.75rem 0.45rem 0; border-bottom: 1px solid var(--line); }
tr:target { background: color-mix(in srgb, var(--accent) 18%, transparent); }
.later { color: var(--accent); }
.never { opacity: 0.6; }
`
