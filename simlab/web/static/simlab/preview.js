// The preview has the tabs of the player and records nothing.

import { panels } from "./panels.js";

for (const root of document.querySelectorAll("[data-panels]")) panels(root, () => {});
