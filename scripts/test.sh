#!/bin/sh
# What `make test` does: all set-up, style, build, every test. The exit status decides, not the last line.
#   FILTER=name   only the tests whose name matches
set -eu
. "$(dirname "$0")/common.sh"
cd "$root"

begun=$(date +%s)
lap=$begun
done_with() { # says how long a step took
    now=$(date +%s)
    say "-- $1: $((now - lap)) s"
    lap=$now
}

# Programs under test draw boxes and braille: without a UTF-8 locale tmux shows underscores.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
*UTF-8 | *utf8) ;;
*) export LC_ALL=C.UTF-8 ;;
esac

sh scripts/setup.sh test
# The set-up may just have let this user in: `sg` makes it count without logging in again.
if in_libvirt_since_login && have sg; then exec sg libvirt -c 'sh scripts/test.sh'; fi
done_with 'system packages'
sh scripts/lint.sh
done_with 'style'
swift build --build-tests
done_with 'build'
if [ -e Tests/Support/libvirtd-for-tests.sh ]; then
    as_root bash Tests/Support/libvirtd-for-tests.sh start
    done_with 'libvirtd'
fi
status=0
if [ -n "${FILTER:-}" ]; then
    swift test --skip-build --filter "$FILTER" || status=$?
else
    # The console's tests have a process of their own: they own its terminal, its signals and its descriptors. The others
    # are parted by what they wait for: all at once, those that count processor time would starve those that count seconds.
    for part in '^TUITests[.]' '^(JSONTests|CoreTests|GraphQLTests)[.]' '^ServerTests[.]' \
        '^(DatabaseTests|HypervisorTests)[.]' '^IntegrationTests[.](?!AttackTests|PacketTests|Qemu|Firewall|JobTakeover)'; do
        sh scripts/watched.sh 600 swift test --skip-build --filter "$part" || status=$?
    done
    # Guests that boot in software take all processors, and some wait in vain when they are many. Attacks on a server take
    # what there is. Both are nobody's neighbours.
    for part in '^IntegrationTests[.](Qemu|Firewall|JobTakeover)' '^IntegrationTests[.]PacketTests' \
        '^IntegrationTests[.]AttackTests'; do
        sh scripts/watched.sh 600 swift test --skip-build --no-parallel --filter "$part" || status=$?
    done
fi
done_with 'tests'
if [ -z "${FILTER:-}" ]; then
    .build/python/bin/python Tests/GraphQLPeer/differ/differ.py .build/debug/GraphQLPeer || status=$?
    done_with 'GraphQL beside graphql-core'
fi
if [ $status = 0 ]; then
    say "-- all passed after $((lap - begun)) s"
else
    say "-- FAILED (tests ended with $status) after $((lap - begun)) s"
fi
exit $status
