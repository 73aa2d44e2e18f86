#!/bin/sh
# Redis without persistence and with users of its own; passwords stay out of the process list.
# The protected mode is for a Redis without users: it would turn everybody away here, since the
# default user, who may say PING and nothing else, has no password.
set -eu
umask 077
sh /etc/parley/users.sh > /run/parley/users.acl
exec valkey-server --aclfile /run/parley/users.acl --save "" --appendonly no \
    --protected-mode no --dir /run/parley --maxmemory-policy noeviction
