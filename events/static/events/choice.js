// Several event frames at once: chosen in the list, acknowledged or compared together.
import { api } from "../site/api.js";
import { $, announce } from "../site/dom.js";
import { count } from "../site/format.js";

const COMPARED = 10;

export class Choice {
  #chosen = new Map(); // webId -> whether it may be acknowledged
  #last = null;

  constructor({ mayWrite, rowAt, repaint, ondone }) {
    Object.assign(this, { mayWrite, rowAt, repaint, ondone });
    $("#choose-none").addEventListener("click", () => { this.clear(); this.repaint(); });
    $("#acknowledge").addEventListener("click", (event) => this.#acknowledge(event.target));
  }

  has(webId) { return this.#chosen.has(webId); }

  clear() {
    this.#chosen.clear();
    this.#show();
  }

  // With shift, all from the one that was picked before.
  pick(event) {
    const at = Number(event.target.dataset.pick), on = event.target.checked;
    const range = event.shiftKey && this.#last !== null ? [Math.min(at, this.#last), Math.max(at, this.#last)] : [at, at];
    for (let index = range[0]; index <= range[1]; index += 1) {
      const one = this.rowAt(index);
      if (one && on) this.#chosen.set(one.WebId, this.mayWrite && one.CanBeAcknowledged && !one.IsAcknowledged);
      else if (one) this.#chosen.delete(one.WebId);
    }
    this.#last = at;
    this.repaint();
    this.#show();
  }

  #show() {
    const size = this.#chosen.size, due = [...this.#chosen.values()].filter(Boolean).length;
    $("#chosen").hidden = !size;
    $("#chosen-count").textContent = `${count(size)} chosen`;
    $("#acknowledge").hidden = !due;
    $("#acknowledge").lastChild.data = due === size ? "Acknowledge" : `Acknowledge ${count(due)}`;
    $("#compare").hidden = size < 2;
    $("#compare").href = `/events/compare/?${[...this.#chosen.keys()].slice(0, COMPARED).map((id) => `id=${id}`).join("&")}`;
    $("#compare").title = size > COMPARED ? `The first ${COMPARED} of them` : "";
  }

  async #acknowledge(button) {
    button.disabled = true;
    const failed = [];
    for (const webId of [...this.#chosen].filter(([, due]) => due).map(([id]) => id)) {
      await api(`eventframes/${webId}/acknowledge`, {}, { method: "PATCH" }).then(() => this.#chosen.delete(webId), (error) => failed.push(error));
    }
    button.disabled = false;
    this.#show();
    await this.ondone(failed.length ? new Error(`${failed.length} could not be acknowledged: ${failed[0].message}`) : null);
    if (!failed.length) announce("Acknowledged");
  }
}
