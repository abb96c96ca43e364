#!/usr/bin/env bash
# A channel of OCP, of the type script: it hands OCP's alarm to Fenghuo. Needs bash, curl, od, tr and sed.
#
# OCP runs it with the alarm in the environment, reads stderr or else stdout, and compares that with the channel's
# "Response 校验信息": set it to {"errcode":0}. A send that fails is repeated by OCP, never here.

# Where Fenghuo takes alarms: /ocp/ and the owner and the level of the group that is told.
FENGHUO_URL='https://fenghuo.example.com/ocp/ops/default'
# The intake token; or leave it empty and write it into fenghuo_channel.token beside this file, with mode 0600.
FENGHUO_TOKEN=''

# Only these leave the machine: OCP's own environment may hold secrets.
NAMES='app_type alarm_type alarm_target alarm_scope alarm_level alarm_evaluation_interval alarm_duration
alarm_status alarm_active_at alarm_resolved_at alarm_last_interval alarm_name value alarm_threshold
alarm_updated_at alarm_time alarm_summary alarm_description alarm_id alarm_url service ob_cluster_group
ob_cluster ob_cluster_id ob_tenant tenant_name host_ip svr_ip app app_cluster operation_name operator
operation_result failed_reason check_item alarm_group alarm_group_by alarm_count origin message_json'

export LC_ALL=C # a character is a byte

fail() {
  printf '{"errcode":%s,"errmsg":"%s"}' "$1" "$2" >&2
  exit 1
}

encode() { # by od, because a loop over 120 KB of characters takes bash longer than OCP waits
  printf %s "$1" | od -An -v -tx1 | tr -d ' \n' | sed 's/../%&/g'
}

form() {
  local name suffix variable
  for name in $NAMES; do
    for suffix in '' _shown _zh_cn _native _zh_tw _en_us; do
      variable=$name$suffix
      if [ -n "${!variable-}" ]; then printf '%s=%s&' "$variable" "$(encode "${!variable}")"; fi
    done
  done
  printf 'message=%s' "$(encode "${message-}")" # OCP's test may have none
}

here=$(CDPATH='' cd "$(dirname "${BASH_SOURCE[0]}")" 2>/dev/null && pwd)
if [ -z "$FENGHUO_TOKEN" ] && [ -r "$here/fenghuo_channel.token" ]; then
  read -r FENGHUO_TOKEN < "$here/fenghuo_channel.token" || true
fi
[ -n "$FENGHUO_TOKEN" ] || fail 2 'the token is missing: set FENGHUO_TOKEN, or write fenghuo_channel.token'
command -v curl >/dev/null || fail 3 'curl is missing on this node'

quoted=${FENGHUO_TOKEN//\\/\\\\}
quoted=${quoted//\"/\\\"}
# The token goes through a pipe, because everybody can see a command line. OCP waits for 10 seconds.
answer=$(form | curl -q -s --noproxy '*' --max-time 7 \
  --config <(printf 'header = "Authorization: Bearer %s"\n' "$quoted") \
  -H 'Content-Type: application/x-www-form-urlencoded' --data-binary @- \
  -w '\n%{http_code}' "$FENGHUO_URL" 2>/dev/null)
code=$?
status=${answer##*$'\n'}
answer=${answer%$'\n'*}

case "$status $answer" in
  200\ '{"errcode":0,'*'}')
    printf %s "$answer"
    ;;
  *\ '{"errcode":'[1-9]*'}')
    printf %s "$answer" >&2
    exit 1
    ;;
  *)
    fail 4 "no answer from Fenghuo: curl ended with $code, HTTP status ${status:-none}"
    ;;
esac
