#!/bin/sh
# Keeps one comment of a pull request up to date, by `gh`. It is known by the heading that it begins with and by who wrote it.
#
# In the environment: POLICY_REPOSITORY, POLICY_NUMBER, POLICY_COMMENT (the file) and GH_TOKEN.
set -eu

[ -s "$POLICY_COMMENT" ] || exit 0
comments="repos/$POLICY_REPOSITORY/issues/$POLICY_NUMBER/comments"
ours='.[] | select(.user.type == "Bot") | select(.body | startswith("### Who may call what: ")) | .id'
known=$(gh api --paginate "$comments" --jq "$ours" | head -n 1)
if [ -n "$known" ]; then
    gh api --method PATCH "repos/$POLICY_REPOSITORY/issues/comments/$known" --field "body=@$POLICY_COMMENT" >/dev/null
else
    gh api --method POST "$comments" --field "body=@$POLICY_COMMENT" >/dev/null
fi
