// # This is no heading.
export const pot = { full: false }

// #region pour
  export function pour(cup) {
    cup.full = pot.full
  }
// #endregion pour
