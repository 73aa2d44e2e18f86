#!/bin/sh
# Redis without persistence and with users of its own; passwords stay out of the process list.
set -eu
umask 077
sh /etc/parley/users.sh > /run/parley/users.acl
exec valkey-server --aclfile /run/parley/users.acl --save "" --appendonly no \
    --dir /run/parley --maxmemory-policy noeviction
