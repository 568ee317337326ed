#!/bin/sh
# Keeps one comment of a pull request up to date, by `gh`. It is known by the heading that it begins with and by who wrote it.
#
# In the environment: POLICY_REPOSITORY, POLICY_NUMBER, POLICY_COMMENT (the file) and GH_TOKEN.
#
# A comment that cannot be written fails no job: what is refused was told before, and a pull request from a fork may write none.
set -u

[ -s "$POLICY_COMMENT" ] || exit 0
not_written() {
    echo "::warning::the comment was not written; the job needs \`permissions: { pull-requests: write }\`, or \`comment: false\`"
    exit 0
}
comments="repos/$POLICY_REPOSITORY/issues/$POLICY_NUMBER/comments"
ours='.[] | select(.user.type == "Bot") | select(.body | startswith("### Who may call what: ")) | .id'
known=$(gh api --paginate "$comments" --jq "$ours") || not_written
known=$(printf '%s\n' "$known" | head -n 1)
if [ -n "$known" ]; then
    set -- --method PATCH "repos/$POLICY_REPOSITORY/issues/comments/$known"
else
    set -- --method POST "$comments"
fi
gh api "$@" --field "body=@$POLICY_COMMENT" >/dev/null || not_written
