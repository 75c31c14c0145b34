// What a program in JavaScript does with AWS KMS, by AWS's own SDK. The server is in AWS_ENDPOINT_URL_KMS, credentials
// and Region are in the SDK's variables; the first argument is where the SDK is installed. Writes one line of JSON: what
// was answered, for test_javascript_sdk.py to look at.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const require = createRequire(join(resolve(process.argv[2]), "package.json"));
const {
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
  RevokeGrantCommand,
  paginateListKeys,
} = require("@aws-sdk/client-kms");

const kms = new KMSClient({ maxAttempts: 1 });
const grantee = new KMSClient({
  maxAttempts: 1,
  credentials: {
    accessKeyId: process.env.GRANTEE_ACCESS_KEY_ID,
    secretAccessKey: process.env.GRANTEE_SECRET_ACCESS_KEY,
  },
});
const EncryptionContext = { purpose: "test", city: "Zürich" };
const told = {};

// What a call is refused with, as a program would find it out.
async function refusal(client, command) {
  try {
    await client.send(command);
    return null;
  } catch (error) {
    return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode, fault: error.$fault };
  }
}

const { KeyMetadata } = await kms.send(
  new CreateKeyCommand({ Description: "from JavaScript", Tags: [{ TagKey: "team", TagValue: "blue" }] }),
);
const KeyId = KeyMetadata.Arn;
told.key = KeyMetadata;
told.created = KeyMetadata.CreationDate instanceof Date;
told.requestId = (await kms.send(new DescribeKeyCommand({ KeyId }))).$metadata.requestId;

const Plaintext = Buffer.from("hello from JavaScript");
const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionContext }));
const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
told.opened = Buffer.from(opened.Plaintext).toString();
told.wrongContext = await refusal(kms, new DecryptCommand({ CiphertextBlob, EncryptionContext: { purpose: "other" } }));

const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: "AES_256", EncryptionContext }));
const again = await kms.send(new DecryptCommand({ CiphertextBlob: dataKey.CiphertextBlob, EncryptionContext }));
told.dataKeyBytes = dataKey.Plaintext.length;
told.sameDataKey = Buffer.compare(dataKey.Plaintext, again.Plaintext) === 0;

const decrypt = (more) => new DecryptCommand({ CiphertextBlob, EncryptionContext, ...more });
told.beforeGrant = await refusal(grantee, decrypt());
const { GrantId, GrantToken } = await kms.send(
  new CreateGrantCommand({
    KeyId,
    GranteePrincipal: process.env.GRANTEE_ARN,
    Operations: ["Decrypt"],
    Constraints: { EncryptionContextSubset: { purpose: "test" } },
  }),
);
told.byGrant = Buffer.from((await grantee.send(decrypt({ GrantTokens: [GrantToken] }))).Plaintext).toString();
await kms.send(new RevokeGrantCommand({ KeyId, GrantId }));
told.afterRevoke = await refusal(grantee, decrypt({ GrantTokens: [GrantToken] }));
told.invalid = await refusal(kms, new EncryptCommand({ KeyId, Plaintext: new Uint8Array(0) }));
await kms.send(new DisableKeyCommand({ KeyId }));
told.disabled = await refusal(kms, new EncryptCommand({ KeyId, Plaintext }));

told.listed = 0;
for await (const page of paginateListKeys({ client: kms, pageSize: 1 }, {})) {
  told.listed += page.Keys.some((entry) => entry.KeyArn === KeyId) ? 1 : 0;
}
console.log(JSON.stringify(told));
