// A client that openapi-typescript has made of the document: registers, logs in, refreshes, and manages a post.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

function must<T>(answer: { data?: T; response: Response }, status: number): T {
  if (answer.response.status !== status) throw new Error(`${answer.response.url} answers ${answer.response.status}`);
  return answer.data as T;
}

const baseUrl = process.argv[2]!;
const open = createClient<paths>({ baseUrl });
const password = "ComplexPassword123!";
const registration: components["schemas"]["RegistrationRequest"] = {
  username: "typescript", password, password2: password, email: "ts@example.com", first_name: "Type", last_name: "Script",
};
must(await open.POST("/api/users/register/", { body: registration }), 201);
const wrong = await open.POST("/api/token/", { body: { username: "typescript", password: "wrong" } });
if (wrong.response.status !== 401 || wrong.error === undefined) throw new Error("a wrong password logs in");
const pair = must(await open.POST("/api/token/", { body: { username: "typescript", password } }), 200);
const next = must(
  await open.POST("/api/token/refresh/", { params: { header: { "Idempotency-Key": "a-key" } }, body: { refresh: pair.refresh } }),
  200,
);

const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${next.access}` } });
const made = must(await client.POST("/api/posts/", { body: { title: "Types", content: "that fit" } }), 201);
const path = { params: { path: { id: made.id } } };
const changed = must(await client.PATCH("/api/posts/{id}/", { ...path, body: { title: "Types again" } }), 200);
const author: string | null = changed.author;
const listed = must(await client.GET("/api/posts/"), 200);
const posts = Array.isArray(listed) ? listed : listed.results;
if (author !== "typescript" || !posts.some((post) => post.id === made.id && post.title === "Types again")) throw new Error("the list lacks the post");
must(await client.PUT("/api/posts/{id}/", { ...path, body: { title: "Types", content: "still" } }), 200);
must(await client.DELETE("/api/posts/{id}/", path), 204);
const gone = await client.GET("/api/posts/{id}/", path);
if (gone.response.status !== 404) throw new Error("the post is still there");
must(await open.POST("/api/token/blacklist/", { body: { refresh: next.refresh } }), 200);
