// Current values by requests, for as long as no socket opens.
import { api, Refused } from "./api.js";

const AT_ONCE = 60;

// By WebId its value, or the error of that stream alone; an Error as a whole if the service does not answer.
export async function valuesOf(webIds) {
  const found = new Map();
  try {
    for (let at = 0; at < webIds.length; at += AT_ONCE) await ask(webIds.slice(at, at + AT_ONCE), found);
    return found;
  } catch (error) {
    return error;
  }
}

async function ask(webIds, found) {
  try {
    const { Items } = await api("streamsets/value", { webId: webIds });
    webIds.forEach((id, index) => found.set(id, told(Items[index]?.Value)));
  } catch (error) {
    const ofOne = error instanceof Refused && [400, 404].includes(error.status);
    if (!ofOne) throw error;
    if (webIds.length === 1) found.set(webIds[0], error);
    else for (const id of webIds) await ask([id], found); // one that is malformed refuses all
  }
}

const told = (value) => (value?.Timestamp ? value : new Error(value?.Errors?.join(" ") ?? "There is no value."));
