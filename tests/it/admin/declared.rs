//! Where the other site may differ from Django's, each with the reason.

/// A part of what was done, a part of the difference, and why it may be.
const DECLARED: [(&str, &str, &str); 19] = [
    (
        "referred by another",
        "",
        "who comes from another origin is refused without TLS too",
    ),
    (
        "next relative/",
        "",
        "a page to go on with begins with a slash",
    ),
    ("/admin/jsi18n/", "", "no script of ours asks for it"),
    ("/admin/autocomplete/", "", "no field of ours asks for it"),
    (
        "/outstandingtoken/",
        "_save",
        "Django shows buttons there that nobody may press",
    ),
    (
        "/outstandingtoken/",
        "Select Outstanding Token to ",
        "the heading is the same after a form was sent",
    ),
    (
        "/admin/auth/user/",
        "links [3, 2] from 2: Django [\"/password/\"]",
        "Django leads who may only look to a page that refuses him",
    ),
    (
        "/admin/auth/user/",
        "links [2, 1] from 1: Django [\"/password/\"]",
        "Django leads who may only look to a page that refuses him",
    ),
    (
        "/admin/auth/user/",
        "nowhere is said {\"algorithm: ",
        "who may only look sees nothing of a hash",
    ),
    (
        "a row that is no number",
        "status: Django 500, the other 400",
        "a bad request is no failure of the server",
    ),
    ("_2F2", "nowhere is said", "a key is shown as it was sent"),
    ("_5F", "nowhere is said", "a key is shown as it was sent"),
    (
        "is_staff__exact=1&is_staff__exact=0",
        "the field is_staff__exact",
        "a search keeps both values, as the list does",
    ),
    (
        "groups__id__exact=1&groups__id__exact=2",
        "the field groups__id__exact",
        "a search keeps both values, as the list does",
    ),
    (
        "only spaces",
        "the field ",
        "a form that comes back has no space around its texts",
    ),
    (
        "within spaces",
        "the field name",
        "a form that comes back has no space around its texts",
    ),
    (
        "errors",
        "the field author",
        "a choice that there is not leaves the one before",
    ),
    (
        "",
        "the field usable_password: Django None",
        "a choice that there is not leaves the first one",
    ),
    (
        "",
        "the title is \"Error: ",
        "a row has the name that it has until another is saved",
    ),
];

/// Whether a difference is one of these.
pub(crate) fn is_declared(done: &str, difference: &str) -> bool {
    DECLARED
        .iter()
        .any(|(at, what, _)| done.contains(at) && difference.contains(what))
}
