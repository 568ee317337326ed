SELECT o.active, r.method, r.template
FROM organizations o LEFT JOIN enabled_routes r ON r.organization = o.name
WHERE o.name = $1
