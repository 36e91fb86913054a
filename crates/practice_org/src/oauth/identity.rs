//! What a token tells about its user: userinfo and the identity URL.

use serde_json::{Map, Value as Json, json};

use super::people;
use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::{Org, User};
use crate::{time, xml};

/// The user behind the call's token, which may also come as a parameter.
fn asking(org: &Org, call: &Call) -> Result<Option<User>, Refusal> {
    let form = call.form();
    let token = call
        .bearer()
        .or_else(|| form.get("oauth_token").map(str::to_owned))
        .or_else(|| form.get("access_token").map(str::to_owned));
    match token.and_then(|token| org.sessions.check(&org.database, &token)) {
        Some(session) => org.user(&session.user_id),
        None => Ok(None),
    }
}

fn bad_token() -> Reply {
    Reply::text(403, "text/plain;charset=UTF-8", "Bad_OAuth_Token")
}

/// `/services/oauth2/userinfo`.
pub(crate) fn user_info(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let Some(user) = asking(org, call)? else {
        return Ok(bad_token());
    };
    let details = people::details(org, &user.id)?;
    let base = org.url();
    let identity = &org.identity;
    let mut address = Map::new();
    for (name, value) in [
        ("street_address", details.street),
        ("locality", details.city),
        ("region", details.state),
        ("postal_code", details.postal_code),
        ("country", details.country),
    ] {
        address.extend(value.map(|value| (name.to_owned(), value.into())));
    }
    Ok(Reply::json(
        200,
        &json!({
            "sub": format!("{base}/id/{}/{}", identity.org_id, user.id),
            "user_id": user.id,
            "organization_id": identity.org_id,
            "preferred_username": user.username,
            "nickname": user.nickname,
            "name": user.name,
            "email": user.email,
            "email_verified": true,
            "given_name": user.first_name,
            "family_name": user.last_name,
            "zoneinfo": user.time_zone,
            "photos": photos(base),
            "profile": format!("{base}/{}", user.id),
            "picture": format!("{base}/profilephoto/005/F"),
            "address": address,
            "is_salesforce_integration_user": false,
            "urls": urls(base, &identity.org_id, &user.id),
            "active": user.active,
            "user_type": "STANDARD",
            "language": user.language,
            "locale": user.locale,
            "utcOffset": people::utc_offset(&user.time_zone),
            "updated_at": time::rest(user.modified),
        }),
    ))
}

/// `/id/<org>/<user>`, in JSON or XML.
pub(crate) fn identity(org: &Org, call: &Call, org_id: &str, user_id: &str) -> Result<Reply, Refusal> {
    if asking(org, call)?.is_none() {
        return Ok(bad_token());
    }
    let same = |given: &str, known: &str| given == known || given == &known[..15];
    let wanted = crate::ids::normal(user_id).unwrap_or_default();
    let Some(user) = org.user(&wanted)?.filter(|_| same(org_id, &org.identity.org_id)) else {
        return Err(Refusal::not_found());
    };
    let details = people::details(org, &user.id)?;
    let base = org.url();
    let answer = json!({
        "id": format!("{base}/id/{}/{}", org.identity.org_id, user.id),
        "asserted_user": true,
        "user_id": user.id,
        "organization_id": org.identity.org_id,
        "username": user.username,
        "nick_name": user.nickname,
        "display_name": user.name,
        "email": user.email,
        "email_verified": true,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "timezone": user.time_zone,
        "photos": photos(base),
        "addr_street": details.street,
        "addr_city": details.city,
        "addr_state": details.state,
        "addr_country": details.country,
        "addr_zip": details.postal_code,
        "mobile_phone": details.mobile_phone,
        "mobile_phone_verified": false,
        "is_lightning_login_user": false,
        "status": {"created_date": null, "body": null},
        "urls": urls(base, &org.identity.org_id, &user.id),
        "active": user.active,
        "user_type": "STANDARD",
        "language": user.language,
        "locale": user.locale,
        "utcOffset": people::utc_offset(&user.time_zone),
        "last_modified_date": time::rest(user.modified),
        "is_app_installed": true,
    });
    let form = call.form();
    let accepts_xml = || call.header("accept").is_some_and(|kinds| kinds.starts_with("application/xml"));
    if form.get("format").map_or_else(accepts_xml, |format| format == "xml") {
        let text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><user xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{}</user>",
            as_xml(&answer)
        );
        return Ok(Reply::text(200, "application/xml;charset=UTF-8", &text));
    }
    Ok(Reply::json(200, &answer))
}

/// The members of an object as elements.
fn as_xml(object: &Json) -> String {
    let members = object.as_object().into_iter().flatten();
    members
        .map(|(name, value)| match value {
            Json::Null => format!("<{name} xsi:nil=\"true\"/>"),
            Json::Object(_) => format!("<{name}>{}</{name}>", as_xml(value)),
            Json::String(text) => xml::element(name, text),
            other => xml::element(name, &other.to_string()),
        })
        .collect()
}

fn photos(base: &str) -> Json {
    json!({"picture": format!("{base}/profilephoto/005/F"), "thumbnail": format!("{base}/profilephoto/005/T")})
}

fn urls(base: &str, org_id: &str, user_id: &str) -> Json {
    let mut urls = Map::new();
    let soap = |kind: &str| format!("{base}/services/Soap/{kind}/{{version}}/{}", &org_id[..15]);
    urls.insert("enterprise".into(), soap("c").into());
    urls.insert("metadata".into(), soap("m").into());
    urls.insert("partner".into(), soap("u").into());
    for (name, path) in [
        ("rest", ""),
        ("sobjects", "sobjects/"),
        ("search", "search/"),
        ("query", "query/"),
        ("recent", "recent/"),
        ("tooling_rest", "tooling/"),
        ("feeds", "chatter/feeds"),
        ("groups", "chatter/groups"),
        ("users", "chatter/users"),
        ("feed_items", "chatter/feed-items"),
        ("feed_elements", "chatter/feed-elements"),
    ] {
        urls.insert(name.into(), format!("{base}/services/data/v{{version}}/{path}").into());
    }
    urls.insert("tooling_soap".into(), soap("T").into());
    urls.insert("profile".into(), format!("{base}/{user_id}").into());
    urls.insert("custom_domain".into(), base.into());
    Json::Object(urls)
}
