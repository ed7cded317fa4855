// Reads the published documents, which are next to the folder of the site.

const ROOT = new URL("../../", import.meta.url);

/** A document does not exist. */
export class NotPublished extends Error {}

/** A document cannot be read. */
export class Unreadable extends Error {}

/**
 * A published document.
 * @param {string} path below v1/, as "predictions/today.json"
 * @throws {NotPublished} if the server has no such file
 * @throws {Unreadable} if the server cannot be reached or fails, or the file is not JSON
 */
export async function load(path) {
  let response;
  try {
    response = await fetch(new URL(path, ROOT), { cache: "no-cache" });
  } catch (error) {
    const hint = window.location.protocol === "file:" ? " Pages must be opened through a web server: make site." : "";
    throw new Unreadable(`${path} cannot be fetched.${hint}`, { cause: error });
  }
  // Object stores respond with 403 for a missing object if the bucket may not be listed.
  if (response.status === 404 || response.status === 403) throw new NotPublished(`${path} is not published.`);
  if (!response.ok) throw new Unreadable(`${path}: the server answers ${response.status}.`);
  try {
    return await response.json();
  } catch (error) {
    throw new Unreadable(`${path} is not valid JSON.`, { cause: error });
  }
}

let manifest = null;

/** The list of all published files, fetched once per page. */
export function published() {
  manifest ??= load("manifest.json");
  return manifest;
}

/**
 * Days for which a dated product is published, oldest first.
 * @param {string} product its folder, as "predictions"
 */
export async function publishedDays(product) {
  const { files } = await published();
  const pattern = new RegExp(`^(?:v1/)?${product}/(\\d{4}-\\d{2}-\\d{2})\\.json$`);
  return files.map((file) => pattern.exec(file.path)?.[1]).filter(Boolean).sort();
}

/** A link to a file of the published folder. */
export const address = (path) => new URL(path, ROOT).href;
