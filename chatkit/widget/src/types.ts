/**
 * The HTTP API as types, in the shape that openapi-typescript gives: `npm run types -- openapi.json`.
 */
type Json<T> = { content: { "application/json": T } };
type Reply<T> = { 200: Json<T> };
type Post<B, T> = { post: { requestBody: Json<B>; responses: Reply<T> } };

export interface components {
  schemas: {
    Source: { id: string; title: string; url: string; excerpt: string; score: number };
    ErrorDetail: {
      error: string;
      message: string;
      request_id: string;
      retry_after?: number;
      fields?: { [field: string]: string[] };
    };
    Question: {
      message: string;
      context: {
        mode: "browse" | "chat";
        session_id: string;
        page_url?: string;
        selected_text?: string;
      };
    };
    Metadata: {
      model: string;
      tokens_used: number;
      retrieval_time_ms: number;
      generation_time_ms: number;
      total_time_ms: number;
    };
    Answer: {
      answer: string;
      sources: components["schemas"]["Source"][];
      metadata: components["schemas"]["Metadata"];
    };
    Message: {
      role: "user" | "assistant";
      content: string;
      sources?: components["schemas"]["Source"][];
    };
    User: { email: string; tier: string };
    Chat: { chat_id: string; title: string; saved_at: string };
    Recommendation: { title: string; url: string; reason: string; kind: string };
  };
}

type S = components["schemas"];

export interface paths {
  "/api/v1/auth/signup": Post<
    {
      email: string;
      consent_data_storage: boolean;
      migrate_session?: string;
      return_to?: string;
    },
    { status: string }
  >;
  "/api/v1/auth/verify": Post<
    { token: string },
    { session_token: string; expires_at: string; user_profile: S["User"] }
  >;
  "/api/v1/auth/session-check": {
    get: { responses: Reply<{ valid: boolean; user: S["User"] }> };
  };
  "/api/v1/auth/refresh-token": {
    post: { responses: Reply<{ token: string; expires_at: string }> };
  };
  "/api/v1/auth/resend-verification": Post<{ email: string }, { status: string }>;
  "/api/v1/auth/logout": { post: { responses: { 204: object } } };
  "/api/v1/chat/stream": Post<S["Question"], never>;
  "/api/v1/chat": Post<S["Question"], S["Answer"]>;
  "/api/v1/chat/save": Post<
    { messages: S["Message"][]; title?: string },
    { chat_id: string; saved_at: string }
  >;
  "/api/v1/chat/saved": {
    get: {
      parameters: { query?: { cursor?: string } };
      responses: Reply<{ chats: S["Chat"][]; next_cursor: string | null }>;
    };
  };
  "/api/v1/chat/saved/{chat_id}": {
    get: { responses: Reply<S["Chat"] & { messages: S["Message"][] }> };
    patch: { requestBody: Json<{ title: string }>; responses: Reply<S["Chat"]> };
    delete: { responses: { 204: object } };
  };
  "/api/v1/user/personalize": Post<
    { preferences?: object },
    { recommendations: S["Recommendation"][]; personalized_content: object }
  >;
  "/api/v1/user/export": { get: { responses: Reply<{ [section: string]: unknown }> } };
  "/api/v1/user": { delete: { responses: { 204: object } } };
  "/api/v1/analytics/event": Post<
    { event_type: string; event_data?: { [name: string]: unknown } },
    { event_id: number; logged_at: string }
  >;
  "/health": {
    get: {
      responses: Reply<{
        status: string;
        database: string;
        uptime_seconds: number;
        version: string;
        started_at: string;
      }>;
    };
  };
}
