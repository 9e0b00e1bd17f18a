/**
 * English, and what every other language must have: the same words with the same placeholders.
 * A word that counts something is an object of the categories of `Intl.PluralRules`, chosen by `{count}`.
 * `core` is what the first load says, `views` what only the parts loaded on demand say. Both are flat,
 * because an owner replaces single words by their name.
 */
export const core = {
  /** The language of these words, for plurals and dates, and its direction. */
  locale: "en",
  dir: "ltr",

  // The launcher, the header and the menu.
  ask: "Ask",
  answerReady: "Answer ready",
  heading: "Ask about this site",
  close: "Close",

  // The composer.
  placeholder: "Ask, or search the pages",
  followUp: "Ask a follow-up",
  send: "Send",
  stop: "Stop",

  // The empty panel.
  quoted: "Answers are quoted from this site’s pages, with links.",
  written: "Answers are written by a language model from this site’s pages.",

  // A turn, while it is written and after.
  conversation: "Conversation",
  searching: "Searching…",
  reading: { one: "Reading {count} section…", other: "Reading {count} sections…" },
  writing: "Writing…",
  stopped: "Stopped.",
  sourceNumber: "Source {number}: {path}",

  // Notices above the composer, and what goes wrong.
  retry: "Try again",
  noAnswer: "The answer did not come.",
  partFailed: "This part did not load.",
};

export const views = {
  newChat: "New chat",
  history: "Chats",
  menu: "More",
  back: "Back",
  toSide: "Move to the side",
  toCorner: "Move to the corner",
  expand: "Make it larger",
  shrink: "Make it smaller",
  searchOrAsk: "Search or ask",
  save: "Save this chat",
  saved: "Saved",
  personalize: "For you",
  account: "My data",
  signIn: "Sign in",
  selection: "Selected:",
  remove: "Remove",
  aboutPage: "About this page: {title}",
  oftenAsked: "Often asked",
  recent: "Recent",
  starting: "The answer is being prepared. This may take a moment…",
  waiting: "The connection was lost. Trying again…",
  jump: "Jump to the latest",
  sources: "Sources",
  more: "More on this",
  version: "version {version}",
  copy: "Copy",
  copied: "Copied",
  notCopied: "Copying is not allowed here",
  copyAnswer: "Copy answer",
  openSection: "Open section",
  helpful: "Helpful",
  notHelpful: "Not helpful",
  showAll: "Show all",
  showLines: { one: "Show {count} line", other: "Show all {count} lines" },
  showRows: { one: "Show {count} row", other: "Show all {count} rows" },
  code: "Code",
  table: "Table",
  regenerate: "Write it anew",
  edit: "Edit the question",
  modelWrote: {
    one: "Written by a language model from {count} section. Check it against that.",
    other: "Written by a language model from {count} sections. Check it against them.",
  },
  unsupported: "not found on the pages",
  fallback: "The language model did not answer. These are the site’s own sentences.",
  noModel: "The language model did not answer.",
  brokeOff:
    "A language model wrote the beginning, then broke off. Check that part against the sections.",
  ungrounded: "A language model wrote the beginning. None of it was found on the pages.",
  nearest: "These sections come nearest",
  notThere: "Not there? Try the words the pages use.",
  notThereAsk: "Not there? Try the words the pages use, or ask people: {people}.",
  changeQuestion: "Change the question",
  openQuestions: "The authors see which questions stay open, without names.",

  // What is spoken and not shown.
  answerFrom: "Answer from {path}.",
  moreSections: { one: "{count} more section.", other: "{count} more sections." },
  undo: "Undo",
  askAgainIn: "Ask again in {time}.",
  askAgain: "You can ask again.",
  tryAgainIn: "Try again in {time}",
  limit: {
    one: "{count} question in a minute is the limit.",
    other: "{count} questions in a minute is the limit.",
  },
  draftStays: "Your question stays here.",
  seconds: "{count} s",
  minutes: "{count} min",
  hours: "{count} h",
  offline: "You are offline. The question is sent when you are back.",
  dontSend: "Do not send it",
  serverAway: "The server does not respond. Your question is kept.",
  request: "Request {id}",
  prompt: "Sign in to save your chats.",
  signedInAs: "Signed in as {email}.",
  loggedOut: "You are logged out.",
  sessionEnded: "Your session has ended. Sign in again.",
  nothingToSave: "There is nothing to save.",
  insecure: "The chat is off: it needs HTTPS.",
  notConfigured: "The chat is off: its api-base is no web address.",
  // Named by the code of the error. What the server refuses it says in English itself.
  error_unexpected: "Something went wrong.",
  error_stream_broken: "The answer broke off.",
  error_unreachable: "The chat can’t be reached.",
  error_origin_refused: "The chat is not allowed on this site.",

  // Results while the reader types.
  askThis: "Ask “{question}”",
  goToPage: "Go to a page",
  beginWith: "To begin with",
  noSection: "No section found. Press Enter to ask.",
  results: { one: "{count} result", other: "{count} results" },
  keyChoose: "choose",
  keyOpen: "ask or open",
  keyClear: "clear",

  // Feedback.
  whatWrong: "What was wrong?",
  // Named by the value that the API takes.
  reason_wrong: "It is wrong",
  reason_incomplete: "Something is missing",
  reason_outdated: "Out of date",
  reason_unclear: "Hard to understand",
  reason_other: "Something else",
  note: "What should it say?",
  optional: "Optional",
  thanks: "Thank you.",
  cancel: "Cancel",
  loading: "Loading…",

  // Chats.
  today: "Today",
  thisWeek: "This week",
  earlier: "Earlier",
  questions: { one: "{count} question", other: "{count} questions" },
  older: "Older chats",
  rename: "Rename",
  delete: "Delete",
  title: "Title",
  saveTitle: "Save",
  nothingHere: "There is nothing here.",
  cannotUndo: "This cannot be undone.",
  withoutAccount: "Without an account, chats stay for 24 hours.",
  chatDeleted: "Deleted: {title}",

  // For you.
  recommendText: "From your questions and saved chats on this site alone.",

  // Signing in.
  signInText: "No password: we mail you a link and a code. Questions never need an account.",
  whySave: "Sign in to save this chat.",
  whyPersonalize: "Sign in to see pages for you.",
  whyAsk: "Sign in to ask more questions a minute.",
  email: "E-mail",
  consent: "Keep my address, questions and saved chats.",
  retention: "{host} keeps questions for 90 days, the rest until you delete it.",
  privacy: "What is kept, and how long",
  takeAlong: "Add what I asked here to my account.",
  cameAlong: {
    one: "Your chat came along. It is saved in your account.",
    other: "Your {count} chats came along. They are saved in your account.",
  },
  sendLink: "Send me a link",
  checkMail: "Check your mail",
  mailSent: "We sent a link and a code to {email}. Both work for 10 minutes. Use either one.",
  mailCode: "Code from the mail",
  sixDigits: "Six digits",
  nothingCame: "Nothing came? Look in the spam folder.",
  sendAgain: "Send again",
  sendAgainIn: "You can send it again in {time}.",
  sentAgain: "Sent again.",
  otherAddress: "Use another address",
  onePress: "One press, and you are back where you asked, signed in.",
  signInTo: "Sign in to {host}",
  linkIncomplete:
    "This link is incomplete. Open the link from the mail again, or ask for a new one where you signed in.",
  signInAs: "Sign in as {email}?",
  otherBrowser:
    "This browser did not ask for the link. Go on only if you asked for it yourself: what you ask and save from now on goes to that account.",

  // My data.
  mayAsk: {
    one: "Signed in: {count} question a minute",
    other: "Signed in: {count} questions a minute",
  },
  logOut: "Log out",
  sessions: "Where you are signed in",
  thisBrowser: "This browser, now",
  endSession: "Sign out",
  endAll: "Sign out everywhere",
  sessionIsEnded: "Signed out: {device}",
  loggedOutEverywhere: "You are signed out everywhere.",
  yourData: "Your data",
  savedChats: { one: "{count} saved chat", other: "{count} saved chats" },
  ratings: { one: "{count} rating", other: "{count} ratings" },
  download: "Download my data",
  deleteHeading: "Delete the account",
  deleteText: "Removes your address and everything kept with it.",
  deleteBegin: "Delete my account…",
  erases:
    "This erases your address, {chats}, {questions} and {ratings} at once. It cannot be undone.",
  typeToConfirm: "Type {word} to confirm",
  /** What is typed to confirm. */
  deleteWord: "delete",
  deleteAccount: "Delete my account",
  keepIt: "Keep it",
  deleted: "Your account is deleted.",
};
