/**
 * The demo's configuration: members, groups, destinations and rules.
 *
 * @module
 */
import { ROBOTS, type Vendors } from "./vendors.ts";

/** The payment program's credentials for signing its alerts. */
export const DEPARTMENT = { dep: "du-pay", secret: "demo-signing-secret" } as const;

/** The configuration, with destinations at these vendors. */
export function companyYaml({ dingtalk, wecom, feishu, warehouse }: Vendors): string {
  return `
departments:
  ${DEPARTMENT.dep}: { name: Payment, secret: ${DEPARTMENT.secret} }
members:
  - { id: li.lei, name: 李雷, mobile: "13800000001", dingtalk: lilei }
  - { id: han.meimei, name: 韩梅梅, mobile: "13800000002", dingtalk: hanmeimei }
  - { id: wang.fang, name: 王芳, wecom: WangFang }
groups:
  - owner: ops
    level: default
    members: [li.lei, han.meimei]
    window: 30m
    oncall: { rotation: [li.lei, han.meimei], start: "2026-01-05" }
    destinations:
      - name: robot
        channel: dingtalk_robot
        config: { token: ${ROBOTS.ops.token}, secret: ${ROBOTS.ops.secret}, base: "${dingtalk.url}", mentions: members }
      - { channel: inbox }
  - owner: shop
    level: default
    members: [han.meimei]
    destinations:
      - name: robot
        channel: dingtalk_robot
        config: { token: ${ROBOTS.shop.token}, base: "${dingtalk.url}" }
  - owner: dba
    level: default
    members: [wang.fang]
    window: 1h
    destinations:
      - { name: robot, channel: wecom_robot, config: { key: ${ROBOTS.dba}, base: "${wecom.url}" }, fallback: duty }
      - name: duty
        channel: feishu_robot
        config: { token: ${ROBOTS.duty.token}, secret: ${ROBOTS.duty.secret}, base: "${feishu.url}" }
      - { name: warehouse, channel: webhook, config: { url: "${warehouse.url}/alerts" } }
  - owner: pay
    level: "1"
    members: [wang.fang]
    destinations:
      - name: duty
        channel: feishu_robot
        config: { token: ${ROBOTS.duty.token}, secret: ${ROBOTS.duty.secret}, base: "${feishu.url}" }
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
rules:
  - { match: ['alertname=~"NodeDown|Disk.*|HighCPU"'], group: ops/default }
  - { match: ['team="shop"'], group: shop/default }
  - { match: ['team="dba"'], group: dba/default }
`;
}
