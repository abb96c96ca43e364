#!/usr/bin/env python
# -*- coding: utf-8 -*-
"""A channel of OCP, of the type script: it hands OCP's alarm to Fenghuo. Python 2.7 or 3, nothing else.

OCP runs it with the alarm in the environment, reads stderr or else stdout, and compares that with the channel's
"Response 校验信息": set it to {"errcode":0}. A send that fails is repeated by OCP, never here.
"""

import json
import os
import sys
import threading

try:
    from urllib.parse import quote
    from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener
    from urllib.error import HTTPError
except ImportError:
    from urllib import quote
    from urllib2 import HTTPError, HTTPRedirectHandler, ProxyHandler, Request, build_opener

# Where Fenghuo takes alarms: /ocp/ and the owner and the level of the group that is told.
FENGHUO_URL = 'https://fenghuo.example.com/ocp/ops/default'
# The intake token; or leave it empty and write it into fenghuo_channel.token beside this file, with mode 0600.
FENGHUO_TOKEN = ''

# OCP waits for 10 seconds.
SECONDS = 7.5

# Only these leave the machine: OCP's own environment may hold secrets.
NAMES = '''
app_type alarm_type alarm_target alarm_scope alarm_level alarm_evaluation_interval alarm_duration
alarm_status alarm_active_at alarm_resolved_at alarm_last_interval alarm_name value alarm_threshold
alarm_updated_at alarm_time alarm_summary alarm_description alarm_id alarm_url service ob_cluster_group
ob_cluster ob_cluster_id ob_tenant tenant_name host_ip svr_ip app app_cluster operation_name operator
operation_result failed_reason check_item alarm_group alarm_group_by alarm_count origin message_json
'''.split()
SUFFIXES = ['', '_shown', '_zh_cn', '_native', '_zh_tw', '_en_us']


class NoRedirect(HTTPRedirectHandler):
    """A redirected POST would become a GET without the alarm, and look like a success."""

    def redirect_request(self, *args, **kwargs):
        return None


def variable(name):
    # Bytes on both: Python 3 under LC_ALL=C would make lone surrogates of them.
    environment = getattr(os, 'environb', os.environ)
    value = environment.get(name.encode('ascii'), b'')
    return value.decode('utf-8', 'replace').encode('utf-8')


def form():
    names = [name + suffix for name in NAMES for suffix in SUFFIXES]
    pairs = [(name, variable(name)) for name in names]
    pairs = [pair for pair in pairs if pair[1]] + [('message', variable('message'))]
    return '&'.join(name + '=' + quote(value, safe='') for name, value in pairs).encode('ascii')


def token():
    if FENGHUO_TOKEN:
        return FENGHUO_TOKEN
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fenghuo_channel.token')
    try:
        with open(path) as lines:
            return lines.readline().strip()
    except (IOError, OSError):
        raise ValueError('the token is missing: set FENGHUO_TOKEN, or write fenghuo_channel.token')


def send():
    headers = {'Authorization': 'Bearer ' + token(), 'Content-Type': 'application/x-www-form-urlencoded'}
    opener = build_opener(ProxyHandler({}), NoRedirect())
    try:
        response = opener.open(Request(FENGHUO_URL, form(), headers), timeout=SECONDS)
    except HTTPError as error:
        response = error
    answer = response.read().decode('ascii', 'replace')
    response.close()
    try:
        code = json.loads(answer)['errcode']
    except Exception:
        return None, 'no answer from Fenghuo: HTTP status %s' % response.code
    return code, answer


def fail(words):
    # json writes ASCII, which every locale can print.
    end(2, json.dumps({'errcode': 1, 'errmsg': words}), 1)


def end(stream, text, code):
    os.write(stream, text.encode('ascii', 'replace'))
    os._exit(code)


def main():
    # A timeout of a socket begins anew with each byte, and does not hold for the look-up of a name.
    watch = threading.Timer(SECONDS, fail, ['no answer from Fenghuo within %s s' % SECONDS])
    watch.daemon = True
    watch.start()
    try:
        code, answer = send()
    except Exception as error:
        code, answer = None, 'no answer from Fenghuo: %r' % (error,)
    watch.cancel()
    if code is None:
        fail(answer)
    if code == 0:
        end(1, answer, 0)
    end(2, answer, 1)


main()
