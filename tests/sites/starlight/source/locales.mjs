export const locales = {
  root: { label: 'English', lang: 'en' },
  de: { label: 'Deutsch' },
};
