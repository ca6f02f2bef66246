#!/bin/sh
# Starts Apache with mod_auth_openidc as an API, for `proefbank run ehealth --api … --api-command`.
#
#   sh start.sh            any valid token will do
#   sh start.sh CLAIMS     issuer and audience are compared too
#
# PORT and PROEFBANK_… come from the bench. Debian and its like: apt-get install apache2
# libapache2-mod-auth-openidc; elsewhere, name the folder of the modules in APACHE_MODULES.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
: "${PORT:?is set by proefbank run --api-command}"
export APACHE_MODULES="${APACHE_MODULES:-/usr/lib/apache2/modules}"
APACHE_FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/proefbank-apache.XXXXXX")
APACHE_PASSPHRASE=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
export APACHE_FOLDER APACHE_PASSPHRASE
chmod 755 "$APACHE_FOLDER"
mkdir "$APACHE_FOLDER/documents"
echo ok > "$APACHE_FOLDER/documents/protected"
cat "$PROEFBANK_CA_FILE" > "$APACHE_FOLDER/ca.pem"

set -- ${1:+-D "$1"}
if [ "$(id -u)" = 0 ]; then set -- "$@" -D ROOT; fi
program=$(command -v apache2 || command -v httpd || echo /usr/sbin/apache2)
"$program" -D FOREGROUND "$@" -f "$here/oauth20.conf" &
apache=$!
end() {
    trap '' TERM INT
    kill -TERM "$apache" 2> /dev/null || true
    wait "$apache" || true
    rm -rf "$APACHE_FOLDER"
}
trap 'end; exit 0' TERM INT
wait "$apache" && code=0 || code=$?
end
exit "$code"
