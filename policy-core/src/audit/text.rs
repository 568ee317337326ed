//! The audit as plain text, which stays the same from one run to the next, for snapshots and diffs.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::{Audit, AuditAsNobody, AuditElsewhere, AuditFollowUp, AuditOperation, AuditRemoved, AuditUnguarded};
use crate::definition::Access;
use crate::policy::Document;

impl<D: Document> fmt::Display for Audit<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let data = self.data();
        writeln!(f, "policy       {} {}", data.title, data.version)?;
        writeln!(f, "fingerprint  {}", data.fingerprint)?;
        let order: Vec<&str> = data.check_order.iter().map(|stage| stage.as_str()).collect();
        writeln!(f, "check order  {}", order.join(" -> "))?;
        if !data.overlays.is_empty() {
            writeln!(f, "overlays     {}", data.overlays.join(", "))?;
        }
        if let Some(shadow) = &data.shadow {
            let stages: Vec<&str> = shadow.stages.iter().map(|stage| stage.as_str()).collect();
            writeln!(f, "SHADOW MODE  denials at {} are not enforced until {}", stages.join(", "), shadow.until)?;
            writeln!(f, "             because  {}", one_line(&shadow.reason))?;
        }
        if data.explained_denials {
            writeln!(f, "EXPLAINED    answers tell whoever is denied why; for development alone")?;
        }
        for accepted in &data.accepted {
            writeln!(f, "ACCEPTED     {}", accepted.what)?;
            writeln!(f, "             because  {}", one_line(&accepted.reason))?;
        }

        writeln!(f, "\nROUTES")?;
        for operation in &data.operations {
            write_operation(f, operation)?;
        }
        for AuditRemoved { operation, before } in &data.removed {
            writeln!(f, "{operation}\n    overlays  removed it; before: {}", one_line(before))?;
        }
        writeln!(f, "\nSCOPES")?;
        for scope in &data.scopes {
            let undeclared = if scope.declared { "" } else { "  (not in the catalogue)" };
            writeln!(f, "{}{undeclared}", scope.name)?;
            if let Some(description) = scope.description {
                writeln!(f, "    allows  {}", one_line(description))?;
            }
            if scope.operations.is_empty() {
                writeln!(f, "    needed by no route")?;
            } else if scope.operations.len() == data.operations.len() && data.operations.len() > 1 {
                writeln!(f, "    needed by all routes")?;
            } else {
                scope.operations.iter().try_for_each(|operation| writeln!(f, "    needed by  {operation}"))?;
            }
        }
        if !data.scope_map.is_empty() {
            writeln!(f, "\nSCOPE MAP")?;
        }
        for mapping in &data.scope_map {
            writeln!(f, "{}", one_line(&mapping.to_string()))?;
        }
        if !data.as_nobody.is_empty() {
            writeln!(f, "\nCOUNTS AS NOBODY  where anybody may call")?;
        }
        for AuditAsNobody { scheme, credentials } in &data.as_nobody {
            writeln!(f, "{scheme}: {credentials}")?;
        }
        if !data.webhooks.is_empty() {
            writeln!(f, "\nWEBHOOKS")?;
        }
        for webhook in &data.webhooks {
            writeln!(f, "{}", webhook.name)?;
            for AuditFollowUp { operation, minimal_scopes } in &webhook.follow_up {
                writeln!(f, "    follow-up  {operation}")?;
                minimal_scopes.iter().try_for_each(|set| writeln!(f, "        needs  {}", or_none(set)))?;
            }
            match &webhook.minimal_scopes {
                Some(sets) => {
                    sets.iter().try_for_each(|set| writeln!(f, "    a key for all of them  {}", or_none(set)))?
                }
                None => writeln!(f, "    a key for all of them  too many alternatives to list")?,
            }
        }
        writeln!(f, "\nOUTSIDE THE POLICY")?;
        if data.unguarded.is_empty() {
            let none = if self.all_routes { "nothing" } else { "not known here: the guard's own audit lists it" };
            writeln!(f, "{none}")?;
        }
        for AuditUnguarded { method, template, reason } in &data.unguarded {
            writeln!(f, "{method} {template}\n    because  {}", one_line(reason))?;
        }
        Ok(())
    }
}

fn write_operation(f: &mut fmt::Formatter<'_>, operation: &AuditOperation) -> fmt::Result {
    writeln!(f, "{} {}", operation.method, operation.template)?;
    if let Some(reason) = &operation.pending {
        writeln!(f, "    PENDING   denied: {}", one_line(reason))?;
    }
    if let Some(AuditElsewhere { reason, until, overdue }) = &operation.elsewhere {
        writeln!(f, "    ELSEWHERE not guarded: {}", one_line(reason))?;
        match until {
            Some(until) if *overdue => writeln!(f, "    ERROR     it was to be guarded after {until}")?,
            Some(until) => writeln!(f, "    until     {until}")?,
            None => {}
        }
    }
    if operation.shadow {
        writeln!(f, "    SHADOW    denials are not enforced")?;
    }
    for what in &operation.accepted {
        writeln!(f, "    ACCEPTED  {what}")?;
    }
    if operation.access == Access::Public {
        writeln!(f, "    access    public, no credential is looked at")?;
    }
    if let Some(reason) = operation.public_reason {
        writeln!(f, "    because   {}", one_line(reason))?;
    }
    if let Some(before) = operation.before_overlays {
        writeln!(f, "    overlays  changed it; before: {}", one_line(before))?;
    }
    let mut label = "requires";
    for alternative in &operation.alternatives {
        writeln!(f, "    {label:<8}  {alternative}")?;
        label = "or";
    }
    f.write_str("    query     ")?;
    if operation.query.any() {
        return f.write_str("any\n");
    }
    let prefixes = operation.query.prefixes().iter().map(|prefix| alloc::format!("{prefix}…"));
    let accepted: Vec<String> = operation.query.names().iter().map(ToString::to_string).chain(prefixes).collect();
    let listed = if accepted.is_empty() { "none".to_owned() } else { accepted.join(" ") };
    writeln!(f, "{listed}{}", if operation.query.ignores_others() { "  (others are ignored)" } else { "" })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn or_none(set: &str) -> &str {
    if set.is_empty() { "no scope" } else { set }
}
