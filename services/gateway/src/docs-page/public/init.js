/** @type {unknown} */
const swaggerUi = Reflect.get(globalThis, 'SwaggerUIBundle');
if (typeof swaggerUi !== 'function') throw new Error('Swagger UI did not load');

const options = {
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  persistAuthorization: true,
  validatorUrl: null,
};
Reflect.apply(swaggerUi, undefined, [options]);
