// Icons, drawn with lines of the text's colour. They say nothing to screen readers: a word stands beside each.

const paths = {
  bike: 'M5.5 13a4 4 0 1 0 0 8 4 4 0 0 0 0-8M18.5 13a4 4 0 1 0 0 8 4 4 0 0 0 0-8M5.5 17l3.5-7h6l3.5 7M9 10l3 7 3-7M7.5 7.5h3M15 10l-1-3.5h3',
  route:
    'M6 15.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M18 3.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M8.5 18H16a3.5 3.5 0 0 0 0-7H8a2.75 2.75 0 0 1 0-5.5h7',
  share:
    'M6 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M17.5 3.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M17.5 15.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5M8.200 10.800l7-3.5M8.200 13.200l7 3.5',
  data: 'M12 3.5v11M7.5 10.5l4.5 4.5 4.5-4.5M4 17v2.5a1.5 1.5 0 0 0 1.5 1.5h13a1.5 1.5 0 0 0 1.5-1.5V17',
  person: 'M12 3.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8M4.5 20.5c.6-3.800 3.600-6 7.5-6s6.900 2.200 7.5 6',
  next: 'M9 5.5l6.5 6.5L9 18.5',
  back: 'M15 5.5L8.5 12l6.5 6.5',
} as const
export type IconName = keyof typeof paths

export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">
    <path d={paths[name]} />
  </svg>
)
