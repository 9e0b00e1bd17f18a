/** What stands for `import.meta` in the package: nothing is known of a module in the bundle of a site. */
export const importMeta: { url?: string } = {};
