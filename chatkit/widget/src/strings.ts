/**
 * Every word that the widget says, in English. The sentences that never change are a `const enum`,
 * so that the bundle holds each where it is said.
 */
export const enum strings {
  heading = "Ask about this site",
  placeholder = "Ask a question",
  greeting = "What would you like to know?",
  greetingText = "Answers come from this site’s pages.",
  openChat = "Open chat",
  close = "Close",
  newChat = "New chat",
  conversation = "Conversation",
  you = "You",
  answer = "Answer",
  sources = "Sources",
  more = "More on this",
  version = "version",
  notThere = "Not there? Try the words the pages use",
  orAsk = ", or ask people: ",
  stopped = "Stopped.",
  send = "Send",
  stop = "Stop",
  retry = "Try again",
  undo = "Undo",
  waiting = "The connection was lost. Trying again…",
  starting = "The answer is being prepared. This may take a moment…",
  fallback = "The language model did not answer. These are the site’s own sentences.",
  selection = "Selected text",
  remove = "Remove",

  helpful = "Helpful",
  notHelpful = "Not helpful",
  thanks = "Thank you.",
  whatWrong = "What was wrong?",
  note = "What should it say?",

  save = "Save",
  saved = "Saved.",
  nothingToSave = "There is nothing to save.",
  personalize = "For you",
  nothingHere = "There is nothing here.",
  history = "Saved chats",
  older = "Older chats",
  rename = "Rename",
  delete = "Delete",
  title = "Title",
  cannotUndo = "This cannot be undone.",
  cancel = "Cancel",

  signIn = "Sign in",
  signInText = "No password: we mail you a link.",
  whySave = "Sign in to save this chat.",
  whyPersonalize = "Sign in to see pages for you.",
  email = "E-mail",
  consent = "Keep my address, questions and saved chats.",
  sendLink = "Send me a link",
  checkMail = "Check your mail",
  code = "Or type its code",
  sendAgain = "Send again",
  sentAgain = "Sent again.",
  otherBrowser = "This browser did not ask for the link. Go on only if you asked for it yourself: what you ask and save from now on goes to that account.",
  sessionEnded = "Your session has ended. Sign in again.",
  prompt = "Sign in to save your chats.",

  account = "Your account",
  download = "Download my data",
  logOut = "Log out",
  loggedOut = "You are logged out.",
  deleteAccount = "Delete account",
  deleted = "Your account is deleted.",

  unexpected = "Something went wrong.",
  streamBroken = "The answer broke off.",
  unreachable = "The chat can’t be reached.",
  originRefused = "The chat is not allowed on this site.",
  insecure = "The chat is off: it needs HTTPS.",
  notConfigured = "The chat is off: its api-base is no web address.",

  localNotice = "ChatKit: HTTP is for localhost only.",
}

/** What may be wrong with an answer. */
export const reasons = {
  wrong: "It is wrong",
  incomplete: "Something is missing",
  outdated: "It is out of date",
  unclear: "It is hard to understand",
  other: "Something else",
};
export const retentionNotice = (host: string) =>
  `${host} keeps questions for 90 days, the rest until you delete it.`;
export const mailSent = (email: string) => `We sent a link to ${email}. It works for 10 minutes.`;
export const signInAs = (email: string) => `Sign in as ${email}?`;
export const signedInAs = (email: string) => `Signed in as ${email}.`;
export const tryAgainIn = (seconds: number) => {
  const unit = seconds < 120 ? "s" : seconds < 7200 ? "min" : "h";
  const length = { s: 1, min: 60, h: 3600 }[unit];
  return `Try again in ${Math.ceil(seconds / length)} ${unit}`;
};
export const withRequestId = (message: string, id: string) =>
  `${message} (request ${id.slice(0, 8)}…)`;
// For the console, where the site's owner reads.
export const unreachableRemedy = (base: string) =>
  `ChatKit: ${base} does not answer. Is it running?`;
export const originRemedy = (base: string, origin: string) =>
  `ChatKit: ${base} refuses ${origin}. Add it to CORS_ORIGINS.`;
export const unknownValue = (name: string, value: string, known: readonly string[]) =>
  `ChatKit: ${name}="${value}" is not one of ${known.join(", ")}.`;
