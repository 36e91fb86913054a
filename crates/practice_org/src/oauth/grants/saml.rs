//! SAML bearer: like JWT bearer, with an assertion in XML.
//!
//! The assertion is the whole document, and carries one signature as its own child, which covers all of it: RSA with
//! SHA-256 over exclusive canonical XML. Anything else that XML signatures could be is refused, so that what was checked
//! and what is read are always the same.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use roxmltree::Node;
use rsa::sha2::{Digest, Sha256};

use super::super::apps::App;
use super::super::scope::Scopes;
use super::super::token::Granted;
use super::super::{Client, OAuthError, key, people};
use super::{c14n, made_out_to};
use crate::http::call::Form;
use crate::org::Org;
use crate::{time, xml};

const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// Longest assertion in bytes.
const LONGEST: usize = 256 * 1024;
/// How far the clocks of both sides may be apart, in milliseconds.
const SKEW: i64 = 60_000;

/// The grant.
pub(crate) fn saml_bearer(org: &Org, form: &Form, _client: &Client) -> Result<Granted, OAuthError> {
    let bad = |text| OAuthError::new("invalid_grant", text);
    let invalid = bad("invalid assertion");
    let encoded = form.get("assertion").filter(|text| text.len() <= LONGEST).ok_or(invalid)?;
    let bytes = decode(encoded).ok_or(invalid)?;
    let text = xml::text(&bytes).map_err(|_| invalid)?;
    let document = xml::read(text).map_err(|_| invalid)?;
    let assertion = document.root_element();
    if !assertion.has_tag_name((SAML, "Assertion")) || assertion.attribute("Version") != Some("2.0") {
        return Err(invalid);
    }
    let proven = signed_part(assertion)
        .is_some_and(|(message, signature)| key::signed_by_app(&org.database, message.as_bytes(), &signature));
    if !proven {
        return Err(invalid);
    }
    let app = App::practice(org);
    if only(assertion, SAML, "Issuer").and_then(|issuer| word(issuer)) != Some(&app.id) {
        return Err(OAuthError::new("invalid_client_id", "client identifier invalid"));
    }
    let conditions = only(assertion, SAML, "Conditions").ok_or(invalid)?;
    let audiences = only(conditions, SAML, "AudienceRestriction").ok_or(invalid)?;
    let fits = all(audiences, SAML, "Audience").filter_map(word).any(|audience| made_out_to(org, audience));
    if !fits {
        return Err(bad("Audience validation failed"));
    }
    let subject = only(assertion, SAML, "Subject").ok_or(invalid)?;
    let confirmation = all(subject, SAML, "SubjectConfirmation")
        .filter(|node| node.attribute("Method") == Some(BEARER))
        .find_map(|node| only(node, SAML, "SubjectConfirmationData"))
        .ok_or(invalid)?;
    if !confirmation.attribute("Recipient").is_some_and(|recipient| made_out_to(org, recipient)) {
        return Err(bad("Recipient validation failed"));
    }
    if confirmation.attribute("NotOnOrAfter").is_none() {
        return Err(invalid);
    }
    let now = time::now();
    for node in [conditions, confirmation] {
        if instant(node, "NotOnOrAfter", invalid)?.is_some_and(|end| end <= now) {
            return Err(bad("assertion has expired"));
        }
        if instant(node, "NotBefore", invalid)?.is_some_and(|begin| begin > now + SKEW) {
            return Err(bad("assertion is not yet valid"));
        }
    }
    let name = only(subject, SAML, "NameID").and_then(word).ok_or(invalid)?;
    let user = people::active_named(org, name, "user hasn't approved this consumer")?;
    Ok(Granted::new(user, Some(app), Scopes::default().without_staying()))
}

/// Base64, in whichever of its two alphabets.
fn decode(text: &str) -> Option<Vec<u8>> {
    let plain: String = text
        .chars()
        .filter(|sign| !sign.is_ascii_whitespace() && *sign != '=')
        .map(|sign| match sign {
            '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let padding = "=".repeat((4 - plain.len() % 4) % 4);
    STANDARD.decode(format!("{plain}{padding}")).ok()
}

/// What was signed and the signature, if the assertion is what its digest says it is.
fn signed_part(assertion: Node<'_, '_>) -> Option<(String, Vec<u8>)> {
    let signature = only(assertion, DSIG, "Signature")?;
    if assertion.descendants().filter(|node| node.has_tag_name((DSIG, "Signature"))).count() != 1 {
        return None;
    }
    let info = only(signature, DSIG, "SignedInfo")?;
    let method = only(info, DSIG, "CanonicalizationMethod")?;
    let reference = only(info, DSIG, "Reference")?;
    let transforms: Vec<_> = all(only(reference, DSIG, "Transforms")?, DSIG, "Transform").collect();
    let [enveloped, canonical] = transforms.as_slice() else {
        return None;
    };
    let id = assertion.attribute("ID").filter(|id| !id.is_empty())?;
    let known = algorithm(method) == Some(EXCLUSIVE)
        && algorithm(only(info, DSIG, "SignatureMethod")?) == Some(RSA_SHA256)
        && algorithm(*enveloped) == Some(ENVELOPED)
        && algorithm(*canonical) == Some(EXCLUSIVE)
        && algorithm(only(reference, DSIG, "DigestMethod")?) == Some(SHA256)
        && reference.attribute("URI").is_some_and(|uri| uri.is_empty() || uri.strip_prefix('#') == Some(id));
    if !known {
        return None;
    }
    let covered = c14n::exclusive(assertion, Some(signature), &listed(*canonical));
    let digest = decode(word(only(reference, DSIG, "DigestValue")?)?)?;
    if Sha256::digest(covered.as_bytes())[..] != digest {
        return None;
    }
    let value = decode(word(only(signature, DSIG, "SignatureValue")?)?)?;
    Some((c14n::exclusive(info, None, &listed(method)), value))
}

/// The prefixes that are declared wherever they are in scope.
fn listed<'a>(method: Node<'a, '_>) -> Vec<&'a str> {
    let list = only(method, EXCLUSIVE, "InclusiveNamespaces").and_then(|node| node.attribute("PrefixList"));
    list.unwrap_or_default().split_whitespace().collect()
}

fn algorithm<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.attribute("Algorithm")
}

fn all<'a, 'input>(
    node: Node<'a, 'input>,
    space: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(move |child| child.has_tag_name((space, name)))
}

/// The child of that name, if there is one and no other.
fn only<'a, 'input>(node: Node<'a, 'input>, space: &'static str, name: &'static str) -> Option<Node<'a, 'input>> {
    let mut found = all(node, space, name);
    found.next().filter(|_| found.next().is_none())
}

/// The text of an element that has nothing but one text: a comment in a name would cut it short.
fn word<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    let mut children = node.children();
    let text = children.next().filter(|_| children.next().is_none())?;
    text.is_text().then(|| text.text())?.map(str::trim)
}

fn instant(node: Node<'_, '_>, name: &str, invalid: OAuthError) -> Result<Option<i64>, OAuthError> {
    let read = |text: &str| time::parse_datetime(text, false).ok_or(invalid);
    node.attribute(name).map(read).transpose()
}
