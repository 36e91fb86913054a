//! What a token tells about its user: userinfo and the identity URL.

use serde_json::{Map, Value as Json, json};

use crate::failure::Refusal;
use crate::http::call::Call;
use crate::http::reply::Reply;
use crate::org::{Org, User};
use crate::time;

/// The user behind the call's token, which may also come as a parameter.
fn asking(org: &Org, call: &Call) -> Result<Option<User>, Refusal> {
    let form = call.form();
    let token = call
        .bearer()
        .or_else(|| call.parameter("oauth_token").map(str::to_owned))
        .or_else(|| form.get("access_token").map(str::to_owned));
    match token.and_then(|token| org.sessions.check(&token)) {
        Some(session) => org.user(&session.user_id),
        None => Ok(None),
    }
}

fn bad_token() -> Reply {
    Reply::text(403, "text/plain;charset=UTF-8", "Bad_OAuth_Token")
}

/// `GET /services/oauth2/userinfo`.
pub(crate) fn user_info(org: &Org, call: &Call) -> Result<Reply, Refusal> {
    let Some(user) = asking(org, call)? else {
        return Ok(bad_token());
    };
    let base = org.url();
    let identity = &org.identity;
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
            "address": {"country": "US"},
            "is_salesforce_integration_user": false,
            "urls": urls(base, &identity.org_id, &user.id),
            "active": user.active,
            "user_type": "STANDARD",
            "language": user.language,
            "locale": user.locale,
            "utcOffset": 0,
            "updated_at": time::rest(user.modified),
        }),
    ))
}

/// `GET /id/<org>/<user>`.
pub(crate) fn identity(org: &Org, call: &Call, org_id: &str, user_id: &str) -> Result<Reply, Refusal> {
    let Some(_) = asking(org, call)? else {
        return Ok(bad_token());
    };
    let same = |given: &str, known: &str| given == known || given == &known[..15];
    let wanted = crate::ids::normal(user_id).unwrap_or_default();
    let Some(user) = org.user(&wanted)?.filter(|_| same(org_id, &org.identity.org_id)) else {
        return Err(Refusal::not_found());
    };
    let base = org.url();
    Ok(Reply::json(
        200,
        &json!({
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
            "addr_street": null,
            "addr_city": null,
            "addr_state": null,
            "addr_country": "US",
            "addr_zip": null,
            "mobile_phone": null,
            "mobile_phone_verified": false,
            "is_lightning_login_user": false,
            "status": {"created_date": null, "body": null},
            "urls": urls(base, &org.identity.org_id, &user.id),
            "active": user.active,
            "user_type": "STANDARD",
            "language": user.language,
            "locale": user.locale,
            "utcOffset": 0,
            "last_modified_date": time::rest(user.modified),
            "is_app_installed": true,
        }),
    ))
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
