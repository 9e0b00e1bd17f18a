/** The icons, each one path for a button to draw. */
export const enum Icon {
  chat = "M4 5h16v11H9l-5 4zM8 9h8m-8 3h5",
  close = "m6 6 12 12m0-12L6 18",
  add = "M12 5v14m-7-7h14",
  send = "M12 19V5m-6 6 6-6 6 6",
  stop = "M8 8h8v8H8z",
  save = "M7 4h10v16l-5-4-5 4z",
  spark = "m12 4 2 6 6 2-6 2-2 6-2-6-6-2 6-2z",
  clock = "M12 7v5l3 2M3 12a9 9 0 1 1 0 .1",
  person = "M8 8a4 4 0 1 1 0 .1M5 20a7 6 0 0 1 14 0",
  pencil = "M4 20h4L19 9l-4-4L4 16z",
  up = "M7 11v9H4v-9zh3l4-8c2 0 3 1 2 4l-1 3h6l-2 10H7",
  down = "M7 13V4H4v9zh3l4 8c2 0 3-1 2-4l-1-3h6l-2-10H7",
  bin = "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
}
