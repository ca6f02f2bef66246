#!/bin/sh
# Builds when something changed (Maven's own words go to standard error), then is the adapter.
set -e
cd "$(dirname "$0")"
if [ ! -e target/built ] || [ -n "$(find pom.xml ./*.java -newer target/built)" ]; then
    mvn -q -B package >&2
    touch target/built
fi
[ "$1" = --build ] || exec java -cp "target/classes:target/lib/*" NimbusAdapter
