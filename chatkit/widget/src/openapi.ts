/** Shows the server's OpenAPI document with Swagger UI, which the page loads before this. */
declare const SwaggerUIBundle: (options: Record<string, unknown>) => void;

SwaggerUIBundle({ url: "openapi.json", dom_id: "#api", deepLinking: true, validatorUrl: null });

export {};
