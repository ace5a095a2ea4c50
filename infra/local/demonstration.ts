// The rider whom the local platform's sign-in page offers, and the bike that `npm start` registers for that rider.
export const demonstration = {
  rider: 'rider-demo',
  bikeId: '01936f00-0000-7000-8000-00000000b1ce',
  recorderId: '01936f00-0000-7000-8000-0000000000a9',
} as const
