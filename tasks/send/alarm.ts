import alarmV2 from "./alarm_v2.ts";
import type { SendDialect } from "./_dialect.ts";

const dialect: SendDialect = {
  ...alarmV2,
  title: "a signed call of alarm, the older address of alarm_v2",
  help: alarmV2.help.replaceAll("alarm_v2", "alarm"),
  example: async (values, context) => ({ ...await alarmV2.example(values, context), path: "alarm" }),
};

export default dialect;
