/**
 * The views inside the panel: chats, recommendations, one's own data, signing in. A part, loaded on
 * demand: most readers ask and never need it.
 */
import type { SignedIn } from "./client.ts";
import { showChats } from "./views/chats.ts";
import { showForYou } from "./views/for-you.ts";
import { showMyData } from "./views/my-data.ts";
import { showNearPage } from "./views/near-page.ts";
import { confirmSignIn, showSignIn } from "./views/sign-in.ts";
import { Stage, type ViewOpener } from "./views/stage.ts";
import css from "./views.css";
import { welcome } from "./views/welcome.ts";
import { adopt } from "./styles.ts";
import type { AllWords } from "./words.ts";

const sheet = adopt(css);

/** What the panel can open. */
export class Views {
  #stage: Stage;

  constructor(opener: ViewOpener, words: AllWords) {
    this.#stage = new Stage(opener, words);
    sheet(opener.host);
  }

  chats(): Promise<void> {
    return showChats(this.#stage);
  }

  /** Shows pages for whoever is signed in, else those near this page; `offersSignIn` where there are accounts. */
  forYou(offersSignIn: boolean): Promise<void> {
    const { access } = this.#stage.opener;
    return access.session.stored.token
      ? showForYou(this.#stage)
      : showNearPage(this.#stage, offersSignIn);
  }

  myData(): Promise<void> {
    return showMyData(this.#stage);
  }

  /** Offers to sign in; `why` names the word that says what for. */
  signIn(why?: "whySave" | "whyAsk"): void {
    showSignIn(this.#stage, why && this.#stage.words[why]);
  }

  /** Asks whether to sign in by a link that this browser did not ask for. */
  confirmSignIn(token: string, email: string): void {
    confirmSignIn(this.#stage, token, email);
  }

  /** Says and opens what came along on signing in. */
  welcome(signedIn: SignedIn): Promise<void> {
    return welcome(this.#stage, signedIn);
  }
}
