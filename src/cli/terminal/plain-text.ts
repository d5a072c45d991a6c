/** Text for a terminal: control characters, which can move the cursor or rename the window, are shown instead of sent. */

/** C0 and C1 controls except tab and line feed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g

/** As JSON escapes them. */
export const plainText = (text: string): string =>
  text.replace(controls, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
