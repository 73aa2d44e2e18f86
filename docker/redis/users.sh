#!/bin/sh
# Redis' users, one per kind of process (I22): none may administrate, save or list keys, and the
# workers see no pools and no conversations. CONFIG GET is what lets a process refuse a Redis that
# keeps anything. The default user may say PING.
set -eu
common="on resetkeys resetchannels -@all +@all -@admin -@dangerous +info +config|get"
tasks="~parley.celery.*"
judged="~parley:moderation:*"
carried="~parley:chat:*"
nodes="&parley:node:*"
nudges="~parley.layer* &parley.layer*"
echo "user default on nopass resetkeys resetchannels -@all +ping"
echo "user web $common >$REDIS_WEB_PASSWORD $tasks $judged $carried $nodes $nudges"
echo "user relay $common >$REDIS_RELAY_PASSWORD $tasks $judged $carried $nodes $nudges"
echo "user screening $common >$REDIS_SCREENING_PASSWORD $tasks $judged $nodes"
echo "user ops $common >$REDIS_OPS_PASSWORD $tasks $judged $nudges"
