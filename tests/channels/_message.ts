export { alert, HOSTILE, link, message, NOW, PEOPLE } from "../../simulator/channel/messages.ts";
