import {
  DINGTALK_APP,
  DINGTALK_CARDS,
  DINGTALK_ROBOT,
  FEISHU_APP,
  FEISHU_CHAT,
  FEISHU_ROBOT,
  OCP_KEYS,
  OCP_RULE,
  type SIMULATORS,
  SLACK,
  SLACK_HOOK,
  TELEGRAM,
  WEBHOOK_SECRET,
  WECOM_APP,
  WECOM_ROBOT_KEY,
} from "./simulators.ts";

/** The addresses of the started simulators, by channel. */
export type Addresses = Readonly<Record<keyof typeof SIMULATORS, string>>;

/** The lines of fenghuo.yaml that point destinations at the simulators. */
export function configLines(at: Addresses): string {
  return `members:
  - { id: li.lei, dingtalk: user1, wecom: LiLei }
  - { id: han.mei, mobile: "13900000000", wecom: HanMei }
groups:
  - owner: simulator
    level: default
    members: [li.lei, han.mei]
    destinations:
      - channel: dingtalk_robot
        config:
          token: ${DINGTALK_ROBOT.token}
          secret: "${DINGTALK_ROBOT.secret}"
          base: ${at.dingtalk_robot}
      - channel: webhook
        config:
          url: ${at.webhook}
          secret: ${WEBHOOK_SECRET}
      - channel: wecom_robot
        config:
          key: ${WECOM_ROBOT_KEY}
          base: ${at.wecom_robot}
      - channel: dingtalk_chat
        config:
          appKey: ${DINGTALK_APP.appKey}
          appSecret: ${DINGTALK_APP.appSecret}
          templateId: ${DINGTALK_APP.templateId}
          base: ${at.dingtalk_chat}
      - channel: dingtalk_card
        config:
          appKey: ${DINGTALK_APP.appKey}
          appSecret: ${DINGTALK_APP.appSecret}
          conversation: ${DINGTALK_CARDS.chats[0]}
          templateId: ${DINGTALK_CARDS.templateId}
          base: ${at.dingtalk_chat}
      - channel: dingtalk_ding
        config:
          appKey: ${DINGTALK_APP.appKey}
          appSecret: ${DINGTALK_APP.appSecret}
          base: ${at.dingtalk_chat}
      - channel: wecom_app
        config:
          corpid: ${WECOM_APP.corpid}
          secret: ${WECOM_APP.secret}
          agentid: ${WECOM_APP.agentid}
          base: ${at.wecom_app}
      - channel: feishu_robot
        config:
          token: ${FEISHU_ROBOT.token}
          secret: "${FEISHU_ROBOT.secret}"
          base: ${at.feishu_robot}
      - channel: ocp
        config:
          base: ${at.ocp}
          access_key: ${Object.keys(OCP_KEYS)[0]}
          secret_key: ${Object.values(OCP_KEYS)[0]}
          alarm_type: ${OCP_RULE}
      - channel: feishu_app
        config:
          appId: ${FEISHU_APP.appId}
          appSecret: ${FEISHU_APP.appSecret}
          chat: ${FEISHU_CHAT}
          base: ${at.feishu_app}
      - channel: slack
        config:
          token: ${SLACK.token}
          channel: ${SLACK.channel}
          base: ${at.slack}
      - channel: slack_webhook
        config:
          url: ${at.slack_webhook}${SLACK_HOOK}
      - channel: telegram
        config:
          token: "${TELEGRAM.token}"
          chat: "${TELEGRAM.chat}"
          base: ${at.telegram}
`;
}
