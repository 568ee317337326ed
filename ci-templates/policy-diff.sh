#!/bin/sh
# Compares the policy of this checkout with that of a base, and writes what a reviewer reads.
#
# In the environment:
#   POLICY_BASE     a branch, a tag or a commit; without it, the default branch
#   POLICY_FAIL_ON  kinds of differences that fail the job, separated by commas; without it, none does
#   POLICY_FOLDER   the folder of `policy.toml`; without it, this one
#   POLICY_OUTPUT   the folder for `policy-diff.md`, `policy-diff.html` and `policy-diff.json`; without it, this one
#   POLICY_COMMAND  how the command is run; without it, `cargo-policy`
#
# The exit code is that of `cargo policy diff`: 1 where something is found that fails the job, 2 where something could not be read.
set -u

output=$(cd "${POLICY_OUTPUT:-.}" && pwd) || exit 2
cd "${POLICY_FOLDER:-.}" || exit 2
command=${POLICY_COMMAND:-cargo-policy}

# Each argument is a word of its own, so that nothing in a name of a branch is read by the shell. A base that begins with a dash belongs
# to its option.
set -- diff
[ -n "${POLICY_BASE:-}" ] && set -- "$@" "--base=$POLICY_BASE"
[ -n "${POLICY_FAIL_ON:-}" ] && set -- "$@" "--fail-on=$POLICY_FAIL_ON"

code=0
run() {
    "$command" "$@"
    ended=$?
    # The worst of all runs counts: what could not be read is worse than what was found.
    if [ "$ended" -gt "$code" ]; then code=$ended; fi
}
run "$@" --format markdown --output "$output/policy-diff.md"
[ "$code" -ge 2 ] && exit "$code"
run "$@" --format html --output "$output/policy-diff.html" 2>/dev/null
run "$@" --format json --output "$output/policy-diff.json" 2>/dev/null
if [ "${GITHUB_ACTIONS:-}" = true ]; then
    run "$@" --format github 2>/dev/null
    [ -n "${GITHUB_STEP_SUMMARY:-}" ] && cat "$output/policy-diff.md" >>"$GITHUB_STEP_SUMMARY"
else
    run "$@" 2>/dev/null
fi
exit "$code"
