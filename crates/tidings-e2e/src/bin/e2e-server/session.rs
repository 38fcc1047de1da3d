//! Who may see `/private`.

/// The cookie that a login sets.
pub(crate) const LOGIN: &str = "user=ada; Path=/; HttpOnly";

/// The user in the cookies of a request.
pub(crate) fn user(cookies: Option<&[u8]>) -> Option<String> {
    let cookies = str::from_utf8(cookies?).ok()?;
    let user = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("user="))?;
    Some(user.to_owned())
}
