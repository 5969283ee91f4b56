//! Texts that nobody types, and the parameters that are given them.

/// Texts in the place of numbers, names and words.
#[rustfmt::skip] // few lines
pub(super) fn odd() -> Vec<String> {
    let mut odd: Vec<String> = [
        "0", "-1", "1.5", "1e3", "0x10", " 1", "+1", "1_0", "٣", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "NaN", "null", "true",
        "[]", "{}", "a'b", "a\"b", "';--", "%", "_", "\\", "%00", "\u{0}", "a\u{0}b", "é", "😀", "\u{202e}",
        "\u{feff}", "\r\n", "..", "../", "$1", "?", "#", "1,2", ",", "1,,2", "--", ".", "-", "1.-2.x",
        "-0", "2026-02-30", "0000-00-00", "99999-01-01", "2026-01-01 25:00:00",
    ]
    .map(str::to_owned)
    .into();
    odd.push("9".repeat(400));
    odd.push("9".repeat(4400));
    odd.push("-".repeat(300));
    odd.push("x".repeat(7000));
    odd.push("%".repeat(2000));
    odd.push("a ".repeat(1000));
    odd.push("\"a b\" ".repeat(200));
    odd.push("'".repeat(1000));
    odd.push("1.".repeat(3000));
    odd.push("-1.2.".repeat(500));
    odd.push("1,".repeat(3000));
    odd
}

/// Names of parameters, of which some mean something.
#[rustfmt::skip] // few lines
pub(super) const PARAMETERS: &[&str] = &[
    "q", "o", "p", "e", "all", "_facets", "_popup", "_to_field", "_changelist_filters", "next", "id", "pk",
    "id__in", "id__gt", "id__isnull", "is_staff__exact", "is_staff__in", "is_active__isnull",
    "groups__id__exact", "groups__in", "groups__isnull", "groups__name", "user_permissions__id__exact",
    "username", "username__in", "username__icontains", "username__istartswith", "username__regex",
    "date_joined__gte", "date_joined__year", "last_login__isnull", "last_login__exact", "password",
    "password__startswith", "author", "author__id__exact", "author__username", "title__contains",
    "user", "user__username", "token", "token__jti", "jti__iendswith", "nothing", "nothing__exact", "__", "",
    "author_id", "user_id__in", "blacklisted_at__lt", "permissions", "permissions__in", "name", "title",
    "content", "first_name", "is_superuser",
];
