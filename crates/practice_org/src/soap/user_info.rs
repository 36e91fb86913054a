//! Who the caller is, and what time it is here.

use rusqlite::OptionalExtension;

use super::Asked;
use super::reply::{Fault, optional};
use crate::failure::Refusal;
use crate::oauth::people;
use crate::oauth::sessions::Session;
use crate::org::{Org, User};
use crate::time;
use crate::xml::element;

/// `getUserInfo`.
pub(super) fn get_user_info(org: &Org, asked: &Asked<'_>) -> Result<String, Fault> {
    let user_id = asked.session.as_ref().map_or("", |session| &session.user_id);
    let user = org.user(user_id)?.ok_or_else(|| Fault::api("INVALID_SESSION_ID", "The user is gone"))?;
    Ok(format!("<result>{}</result>", user_info(org, &user, asked.session.as_ref())?))
}

/// `getServerTimestamp`.
pub(super) fn get_server_timestamp(_org: &Org, _asked: &Asked<'_>) -> Result<String, Fault> {
    Ok(format!("<result>{}</result>", element("timestamp", &time::bulk(time::now()))))
}

/// What is told about a user, in alphabetical order as the WSDL has it.
pub(super) fn user_info(org: &Org, user: &User, session: Option<&Session>) -> Result<String, Fault> {
    let details = people::details(org, &user.id)?;
    let seconds = session.and_then(|session| session.expires).map_or(0, |end| (end - time::now_exact()).max(0) / 1000);
    // A session that has just begun has its whole life before it.
    let seconds = session.and_then(|session| session.idle).map_or(seconds, |idle| idle / 1000);
    Ok([
        element("accessibilityMode", "false"),
        element("chatterExternal", "false"),
        element("currencySymbol", "$"),
        element("orgAttachmentFileSizeLimit", "5242880"),
        element("orgDefaultCurrencyIsoCode", "USD"),
        element("orgDefaultCurrencyLocale", "en_US"),
        element("orgDisallowHtmlAttachments", "false"),
        element("orgHasPersonAccounts", "false"),
        element("organizationId", &org.identity.org_id),
        element("organizationMultiCurrency", "false"),
        element("organizationName", &organization_name(org)?),
        optional("profileId", details.profile_id.as_deref()),
        optional("roleId", details.role_id.as_deref()),
        element("sessionSecondsValid", &seconds.to_string()),
        optional("userDefaultCurrencyIsoCode", None),
        element("userEmail", &user.email),
        element("userFullName", &user.name),
        element("userId", &user.id),
        element("userLanguage", &user.language),
        element("userLocale", &user.locale),
        element("userName", &user.username),
        element("userTimeZone", &user.time_zone),
        element("userType", details.user_type.as_deref().unwrap_or("Standard")),
        element("userUiSkin", "Theme3"),
    ]
    .concat())
}

fn organization_name(org: &Org) -> Result<String, Refusal> {
    org.database.read(|conn| {
        let name: Option<Option<String>> =
            conn.query_row("SELECT \"Name\" FROM \"Organization\" LIMIT 1", [], |row| row.get(0)).optional()?;
        Ok(name.flatten().unwrap_or_default())
    })
}
